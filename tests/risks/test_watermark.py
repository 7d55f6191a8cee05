"""Writing with a mark: the biased logits and no others, attacks that do what they say, an effect with its absence, the look."""

import numpy as np
import pytest

from genai_core import registry
from genai_core.contracts import DataInfo
from genai_core.errors import ConfigError, DataError
from genai_core.metrics import watermark as mark
from genai_core.risks import watermark


class Table:
    """A model whose next symbol depends on the last one alone: logits (V, V)."""

    start = (0,)

    def __init__(self, logits):
        self.logits = logits

    def after(self, n, prompt):
        return self, np.repeat(self.logits[[prompt[-1]]], n, 0)

    def step(self, tokens):
        return self.logits[tokens]


def test_texts_follow_the_biased_logits_exactly():
    """Pairs of a long text against softmax(logits + delta green), by a chi-square over all rows."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(6, 6))
    tables = np.stack([mark.greens(key, 6) for key in (1, 2)])
    texts = watermark.write(Table(logits), tables, 1.5, 400, 100, np.random.default_rng(1))
    assert texts.shape == (800, 100)
    for which, part in enumerate((texts[:400], texts[400:])):
        found = np.zeros((6, 6))
        np.add.at(found, (part[:, :-1], part[:, 1:]), 1)
        weight = np.exp(logits + 1.5 * tables[which])
        expected = found.sum(1, keepdims=True) * weight / weight.sum(1, keepdims=True)
        assert ((found - expected) ** 2 / expected).sum() < 60  # 30 degrees of freedom: beyond it once in a thousand


def test_without_delta_the_key_makes_no_difference():
    model = Table(np.random.default_rng(2).normal(size=(6, 6)))
    one, other = (
        watermark.write(model, mark.greens(key, 6)[None], 0.0, 3, 50, np.random.default_rng(3)) for key in (1, 2)
    )
    assert np.array_equal(one, other)
    marked = watermark.write(model, mark.greens(1, 6)[None], 2.0, 3, 50, np.random.default_rng(3))
    assert np.array_equal(marked, watermark.write(model, mark.greens(1, 6)[None], 2.0, 3, 50, np.random.default_rng(3)))
    assert not np.array_equal(one, marked)


def test_each_text_is_scored_under_its_own_key():
    z = np.arange(12.0).reshape(6, 2)  # six texts, two keys, three a key
    assert watermark.own(z).tolist() == [0, 2, 4, 7, 9, 11]


def test_rewriting_keeps_what_it_does_not_touch():
    model, texts = Table(np.full((5, 5), 0.0)), np.zeros((300, 100), np.int64)
    found = watermark.rewritten(model, texts, 0.5, 10, np.random.default_rng(5))
    untouched = (found.reshape(300, 10, 10) == 0).all(2)
    assert untouched.mean() == pytest.approx(0.5, abs=0.05)
    assert found[~untouched.repeat(10, 1)].mean() == pytest.approx(2, abs=0.1)  # uniform over 0 to 4
    assert np.array_equal(watermark.rewritten(model, texts, 0.0, 10, np.random.default_rng(5)), texts)


def test_editing_hides_short_marked_texts_and_nothing_else_does(monkeypatch):
    monkeypatch.setattr(watermark, "TEXTS", 30)
    monkeypatch.setattr(watermark, "LENGTHS", (50, 100))
    monkeypatch.setattr(watermark, "NULL_TEXTS", 40)
    *events, outcome = watermark.replicate(watermark.Config(steps=150, share=0.4), 5)
    values = outcome.values
    assert values["effect"] > 0.2 and values["control"] < 0.05 and values["mitigated"] < values["effect"] - 0.1
    assert values["bits_unmarked"] < values["price"] < values["price_mitigated"]
    assert max(values["alarm_real"], values["alarm_wrong_key"], values["alarm_unmarked"]) < 0.06
    assert values["sd_once"] < 1 < 1.7 < values["sd_each_time"] == pytest.approx(values["sd_expected"], rel=0.2)
    assert values["beyond_each_time"] > 0.003 and values["beyond_once"] < 1e-3
    dial = dict(outcome.dial)
    assert dial[0.0] == values["control"] and dial[0.4] == values["effect"] and dial[0.6] > dial[0.2]
    assert outcome.shown["curves"]["mark"]["50"] > outcome.shown["curves"]["mark"]["100"] - 0.05
    assert events[-1].step == events[-1].total == 150 and len(outcome.shown["sample"]) == 100


# --- the look --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask():
    from genai_core.looks import answer
    from genai_core.runs.store import GALLERY, Store

    store = Store(GALLERY)
    run = store.gallery_index()["ar-lstm-austen"]

    def asked(files=None, **params):
        arrays = {name: np.frombuffer(data, np.uint8) for name, data in (files or {}).items()}
        return answer(store, "mark", {"experiment": "watermark", "run": run, **params}, arrays)

    return asked


def test_the_look_marks_a_text_and_finds_the_mark_with_the_right_key_alone(ask):
    plain, arrays = ask(key=7, other=7, delta=3.0, length=200, share=0.0)
    assert len(plain["symbols"]) == len(plain["green"]) == len(plain["exchanged"]) == 200
    assert plain["z_once"] > plain["bar_once"] and not any(plain["exchanged"])
    assert len(arrays["real_once"]) >= 100 and (arrays["real_once"] > plain["bar_once"]).mean() <= 0.01
    z = (plain["greens"] - plain["pairs"] * 32 / 63) / np.sqrt(plain["pairs"] * 32 / 63 * 31 / 63)
    assert plain["z_once"] == pytest.approx(z, abs=1e-3)
    wrong, _ = ask(key=7, other=8, delta=3.0, length=200, share=0.0)
    assert wrong["symbols"] == plain["symbols"] and wrong["z_once"] < plain["z_once"] - 3
    edited, _ = ask(key=7, other=7, delta=3.0, length=200, share=0.5)
    assert edited["z_once"] < plain["z_once"] and 60 < sum(edited["exchanged"]) < 140


def test_a_visitors_text_is_tested_and_what_is_odd_refused(ask):
    text = "She was not at all surprised, and said so. \u4e2d\u6587 He bowed."
    found, _ = ask({"text": text.encode()}, key=7, other=7)
    assert "".join(found["symbols"]) == text.replace("\u4e2d\u6587", "") and found["dropped"] == "\u4e2d\u6587"
    with pytest.raises(DataError, match="too short"):
        ask({"text": b"short"})
    with pytest.raises(DataError, match="more than"):
        ask({"text": b"a" * 3000})
    for odd in ({"delta": 99.0}, {"share": 2.0}, {"length": 10**6}, {"key": -1}, {"other": "x"}):
        with pytest.raises(ConfigError):
            ask(**odd)


def test_the_plug_in_is_found():
    assert registry.risks()["watermark"].looks == {"mark": watermark.look}
    assert isinstance(registry.datasets()["austen"].load().info, DataInfo)
