"""Figures of models that write: what is drawn is what was given."""

import json

import numpy as np
import pytest

from genai_core import plots_text, sampling

LABELS = {"before": "before", "after": "after", "cut": "cut", "chosen": "chosen", "probability": "p"}
PARTS = {"past": "seen", "state": "state", "now": "now", "future": "not seen"}


def test_the_bars_are_the_likeliest_tokens_and_say_what_is_cut():
    logits = np.log(np.array([0.5, 0.2, 0.15, 0.1, 0.05]))
    before, after = sampling.probabilities(logits), sampling.probabilities(logits, top_k=2)
    rows, spec = plots_text.next_tokens(list("ab \nc"), before, after, chosen=1, labels=LABELS, dark=False, most=4)
    assert rows["token"].to_pylist() == ["a", "b", "␣", "↵"]
    assert rows["said"].to_pylist() == ["", "chosen", "cut", "cut"]
    assert rows["after"].to_pylist() == pytest.approx([5 / 7, 2 / 7, 0, 0])
    json.dumps(spec)


def test_a_drawn_token_is_shown_however_unlikely():
    shares = np.linspace(30, 1, 30) / np.linspace(30, 1, 30).sum()
    rows, _ = plots_text.next_tokens(
        [chr(97 + i) for i in range(30)], shares, shares, chosen=29, labels=LABELS, dark=True
    )
    assert rows.num_rows == 16 and rows["said"].to_pylist()[-1] == "chosen"


def test_tokens_that_look_alike_keep_their_own_bars():
    shares = np.array([0.6, 0.4])
    rows, _ = plots_text.next_tokens([" ", "␣"], shares, shares, chosen=None, labels=LABELS, dark=False)
    assert len(set(rows["token"].to_pylist())) == 2


def test_attention_leaves_the_future_out():
    weights = np.tril(np.full((3, 3), 0.25))
    (heat,) = plots_text.attention(weights, list("a b"), {"x": "x", "y": "y", "weight": "w"}, dark=False).data
    shown = np.array(heat.z, float)
    assert np.isnan(shown[np.triu_indices(3, 1)]).all() and (shown[np.tril_indices(3)] == 0.25).all()


def test_bands_hold_their_line():
    values = np.array([1.0, 2.0, 3.0])
    lines = [("one", "real", values, values - 1, values + 1), ("two", "generated", values, None, None)]
    figure = plots_text.bands([0, 1, 2], lines, x_title="x", y_title="y", dark=True, floor=(1.5, "floor"))
    band, first, second = figure.data
    assert list(band.y) == [2.0, 3.0, 4.0, 2.0, 1.0, 0.0] and list(first.y) == list(second.y) == values.tolist()
    assert figure.layout.shapes[0].y0 == 1.5


@pytest.mark.parametrize(("kind", "arrows"), [("recurrent", 8), ("attention", 4), ("lags", 2), ("raster", 0)])
def test_each_factorisation_draws_the_ways_of_its_past(kind, arrows):
    figure = plots_text.factorisation(kind, PARTS, dark=False)
    assert sum(bool(note.showarrow) for note in figure.layout.annotations) == arrows
    assert {"seen", "now", "not seen"} <= {trace.name for trace in figure.data}


def test_temperature_curves_are_the_softmax_at_each_temperature():
    curves = plots_text.temperatures({"x": "T", "y": "p"}, dark=False).data
    t = np.array(curves[0].x)
    shares = np.array([curve.y for curve in curves])
    for at in (0, 60, 119):
        expected = sampling.probabilities(np.array([2.0, 1.0, 0.0, -1.0]), temperature=t[at])
        assert shares[:, at] == pytest.approx(expected)
