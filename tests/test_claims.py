"""What others say of applications and risks: whole, dated, sourced, and marked wherever it is shown once it was read too long ago."""

import datetime
import re

import pytest
from streamlit.testing.v1 import AppTest

from genai_core import claims, i18n, registry, rows
from genai_core.catalogue import Catalogue
from genai_core.errors import DataError
from pages.shared import services

EVERY = claims.claims()
UNDATED = {"private-opacus"}  # a file of a repository, which names no day


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.key)
def test_a_claim_has_source_and_dates_in_every_language(claim):
    assert set(claim.says) == set(claim.source) == set(i18n.languages())
    assert re.search(r"[\u4e00-\u9fff]", claim.says["zh"]) and not re.search(r"[\u4e00-\u9fff]", claim.says["en"])
    assert re.fullmatch(r"https://[^\s()]+", claim.url)
    assert claim.as_of >= datetime.date(2026, 11, 23)  # when the oldest of them was read
    assert bool(claim.when) == (claim.key not in UNDATED)
    if claim.when:
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", claim.when)
        assert datetime.date.fromisoformat(claim.when + "-01-01"[len(claim.when) - 4 :]) <= claim.as_of
        dated = [f"{words} {claim.source[language]}" for language, words in claim.says.items()]
        assert all(claim.when[:4] in words for words in dated)  # the year that the words say is that of the date


def test_every_experiment_has_claims_and_no_claim_is_of_another():
    known = set(registry.applications()) | set(registry.risks())
    assert {claim.about for claim in EVERY} == known
    assert sum(len(claims.of(key)) for key in known) == len(EVERY)
    assert claims.of("nothing") == ()


@pytest.mark.parametrize("field", ["as_of", "source", "url", "says"])
@pytest.mark.parametrize("claim", [EVERY[0], EVERY[-1]], ids=lambda claim: claim.key)
def test_a_claim_without_source_or_the_day_of_its_reading_is_refused(tmp_path, monkeypatch, claim, field):
    before, found, after = claims.FILE.read_text("utf-8").partition(f'key = "{claim.key}"\n')
    broken = tmp_path / "claims.toml"
    broken.write_text(before + found + re.sub(rf"(?m)^{field} = .*\n", "", after, count=1), "utf-8")
    monkeypatch.setattr(claims, "FILE", broken)
    with pytest.raises(DataError, match=f"{claim.key}: field {field} is missing"):
        claims.claims.__wrapped__()


# --- on the pages ----------------------------------------------------------------------------------------------------


def field():
    from pages.shared import application, services

    application._today(services.catalogue().applications["medicine"])


def lab():
    from pages.shared import risk, services

    risk._stakes(services.catalogue().risks["game"])


def card():
    from pages.shared import risk_card, services

    run_id = services.shipped("game")
    entry, record = services.catalogue().risks["game"], services.store().open(run_id).record()
    risk_card._elsewhere(risk_card.of(record, services.shipped_report(run_id), entry))


@pytest.fixture
def shown(monkeypatch):
    """What a part of a page writes, by the number of days after which a reading is old."""
    known = Catalogue(registry.catalogue())
    monkeypatch.setattr(services, "catalogue", lambda: known)

    def run(page, stale, language):
        monkeypatch.setattr(rows, "STALE", stale)
        script = AppTest.from_function(page, default_timeout=60)
        script.session_state["language"] = language
        script.run()
        assert not script.exception
        return [line for element in script.markdown for line in element.value.split("\n- ")]

    return run


@pytest.mark.parametrize(("language", "flag"), [("en", "check again"), ("zh", "请重新核对")])
@pytest.mark.parametrize(("page", "key"), [(field, "medicine"), (lab, "game")], ids=["field", "lab"])
def test_a_claim_that_was_read_too_long_ago_is_marked_and_a_fresh_one_is_not(shown, page, key, language, flag):
    fresh, old = ([line for line in shown(page, days, language) if "](https://" in line] for days in (10**6, -1))
    assert len(fresh) == len(old) == len(claims.of(key))
    assert not any(flag in words for words in fresh) and all(flag in words for words in old)
    for claim, words in zip(claims.of(key), fresh, strict=True):
        assert claim.says[language] in words and f"]({claim.url})" in words
        assert claim.when in words and claim.as_of.isoformat() in words


@pytest.mark.parametrize(("language", "flag"), [("en", "check again"), ("zh", "请重新核对")])
def test_the_card_on_the_page_names_the_sources_with_their_days_and_marks_old_ones(shown, language, flag):
    (fresh,), (old,) = (shown(card, days, language) for days in (10**6, -1))
    assert flag not in fresh and old.count(flag) == len(claims.of("game"))
    for claim in claims.of("game"):
        assert f"]({claim.url}) · " in fresh and claim.when in fresh and claim.as_of.isoformat() in fresh


def test_a_claim_that_bears_no_date_says_so():
    t, day = i18n.translator("en"), datetime.date(2026, 11, 25)
    assert claims.dated("", day, day, t) == "undated · as of 2026-11-25"
    assert claims.dated("2023", day, day, t) == "dated 2023 · as of 2026-11-25"
