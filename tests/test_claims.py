"""Claims about the fields: whole, dated, sourced, and marked on the page once they were read too long ago."""

import datetime
import re

import pytest
from streamlit.testing.v1 import AppTest

from genai_core import claims, i18n, registry, rows
from genai_core.errors import DataError

EVERY = claims.claims()


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.key)
def test_a_claim_has_source_and_dates_in_every_language(claim):
    assert set(claim.says) == set(claim.source) == set(i18n.languages())
    assert re.search(r"[\u4e00-\u9fff]", claim.says["zh"]) and not re.search(r"[\u4e00-\u9fff]", claim.says["en"])
    assert re.fullmatch(r"https://[^\s()]+", claim.url)
    assert re.fullmatch(r"\d{4}(-\d\d){0,2}", claim.when)
    first = datetime.date.fromisoformat(claim.when + "-01-01"[len(claim.when) - 4 :])
    assert first <= claim.as_of and claim.as_of >= datetime.date(2026, 11, 23)  # when the oldest of them was read
    dated = [f"{words} {claim.source[language]}" for language, words in claim.says.items()]
    assert all(claim.when[:4] in words for words in dated)  # the year that the words say is that of the date


def test_every_application_has_claims_and_no_claim_is_of_another():
    assert {claim.application for claim in EVERY} == set(registry.applications())
    assert sum(len(claims.of(key)) for key in registry.applications()) == len(EVERY)
    assert claims.of("nothing") == ()


def test_a_claim_without_the_day_of_its_reading_is_refused(tmp_path, monkeypatch):
    text = claims.FILE.read_text("utf-8")
    broken = tmp_path / "claims.toml"
    broken.write_text(text.replace(f"as_of = {EVERY[0].as_of}\n", "", 1), "utf-8")
    monkeypatch.setattr(claims, "FILE", broken)
    with pytest.raises(DataError, match=f"{EVERY[0].key}: field as_of is missing"):
        claims.claims.__wrapped__()


# --- on the page -----------------------------------------------------------------------------------------------------


def page():
    from pages.shared import application

    application.claimed("medicine")


def shown(monkeypatch, stale, language="en"):
    monkeypatch.setattr(rows, "STALE", stale)
    script = AppTest.from_function(page, default_timeout=60)
    script.session_state["language"] = language
    script.run()
    assert not script.exception
    return [element.value for element in script.markdown]


@pytest.mark.parametrize(("language", "flag"), [("en", "check again"), ("zh", "请重新核对")])
def test_a_claim_that_was_read_too_long_ago_is_marked_and_a_fresh_one_is_not(monkeypatch, language, flag):
    fresh, old = shown(monkeypatch, 10**6, language), shown(monkeypatch, -1, language)
    assert len(fresh) == len(old) == len(claims.of("medicine"))
    assert not any(flag in words for words in fresh) and all(flag in words for words in old)
    for claim, words in zip(claims.of("medicine"), fresh, strict=True):
        assert claim.says[language] in words and f"]({claim.url})" in words
        assert claim.when in words and claim.as_of.isoformat() in words
