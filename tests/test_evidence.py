"""The evidence card: made of a run's record and report alone, true to the rule, safe to open."""

import dataclasses
import html
import json
from types import SimpleNamespace

import pytest

from genai_core import claims, evidence, i18n, rows
from genai_core.catalogue import Catalogue
from genai_core.contracts import Budget, RunSpec
from genai_core.errors import RunError
from genai_core.registry import catalogue
from genai_core.runs.spec import spec_hash


def metric(value, low, high, unit="bits"):
    return {"value": value, "low": low, "high": high, "floor": None, "unit": unit, "better": ""}


@pytest.fixture(scope="module")
def entry():
    return Catalogue(catalogue()).risks["verbatim"]


def report(effect=(10.0, 9.0, 11.0), control=(1.5, 1.2, 1.8)):
    metrics = {
        "effect": metric(*effect),
        "mitigated": metric(3.0, 2.0, 4.0),
        "price": metric(2.7, 2.6, 2.8),
        "price_mitigated": metric(2.7, 2.6, 2.8),
    }
    params = {"seeds": 8, "null": 1.44, "claimed": 8.0, "margin": 1.6}
    return {"metrics": metrics, "control": {"control": metric(*control)}, "params": params}


def record(**changes):
    spec = RunSpec("verbatim", {"copies": 8, "seeds": 8}, None, 0, Budget(steps=1))
    return SimpleNamespace(
        **({"id": "0" * 12 + "-abc123", "spec": spec, "hash": spec_hash(spec), "versions": {"torch": "2"}} | changes)
    )


def test_the_same_spec_and_result_give_the_same_card_whatever_the_run_is_called(entry):
    first = evidence.card(record(), report(), entry)
    assert first == evidence.card(record(id="1" * 12 + "-zzz999"), report(), entry)
    assert json.loads(json.dumps(first.to_json())) == first.to_json() and first.to_json()["effect"]["low"] == 9.0


@pytest.mark.parametrize(
    ("effect", "control", "shown", "passed"),
    [
        ((10.0, 9.0, 11.0), (1.5, 1.2, 1.8), True, True),
        ((2.0, 1.0, 3.0), (1.5, 1.2, 1.8), False, True),  # the interval holds no effect
        ((0.5, 0.2, 0.8), (1.5, 1.2, 1.8), False, True),  # an effect on the other side is not what was claimed
        ((10.0, 9.0, 11.0), (2.9, 2.4, 3.3), True, False),  # the control leaves its margin
        ((10.0, None, None), (1.5, None, None), False, False),  # one replicate proves nothing
    ],
)
def test_the_verdict_follows_the_rule(entry, effect, control, shown, passed):
    card = evidence.card(record(), report(effect, control), entry)
    assert (card.shown, card.passed) == (shown, passed)


def test_a_report_of_another_kind_is_refused_in_a_sentence(entry):
    with pytest.raises(RunError, match="no result from which"):
        evidence.card(record(), {"metrics": {}, "params": {}, "control": {}}, entry)


@pytest.mark.parametrize(("language", "flag"), [("en", "check again"), ("zh", "请重新核对")])
def test_a_card_carries_what_others_say_with_source_and_days_and_marks_what_was_read_long_ago(
    entry, monkeypatch, language, flag
):
    card, t = evidence.card(record(), report(), entry), i18n.translator(language)
    kept = json.loads(json.dumps(card.to_json()))["elsewhere"]
    assert [said["key"] for said in kept] == [claim.key for claim in claims.of("verbatim")] and len(kept) == 2
    assert all(said["as_of"] and said["when"] and said["url"] and said["source"][language] for said in kept)
    monkeypatch.setattr(rows, "STALE", 10**6)
    fresh = html.unescape(evidence.to_html(card, t, language))
    assert flag not in fresh
    for said in kept:
        assert all(part in fresh for part in (said["says"][language], said["source"][language], said["url"]))
        assert f"{t('dated {date}', date=said['when'])} · {t('as of {date}', date=said['as_of'])}" in fresh
    monkeypatch.setattr(rows, "STALE", -1)
    assert evidence.to_html(card, t, language).count(flag) == len(kept) + len(card.mapping)


def test_the_page_of_a_card_escapes_what_it_is_given(entry):
    card = evidence.card(record(), report(), entry)
    card = dataclasses.replace(card, title="<script>alert(1)</script>", config={"x": '"><img src=x onerror=y>'})
    text = evidence.to_html(card, lambda message, **params: message.format(**params) if params else message, "en")
    assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text
