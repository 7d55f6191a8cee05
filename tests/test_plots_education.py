"""The figures of the education page: what is drawn is what is known."""

import pytest

from genai_core import learner, plots_education
from genai_core.learner import Learner

LABELS = {name: name for name in ("estimate", "band", "right", "wrong", "true", "answers", "level")}


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_estimate_its_band_and_the_answers_are_drawn_on_one_scale():
    known = [Learner(), learner.update(Learner(), 0.0, True)]
    known.append(learner.update(known[1], 0.5, False))
    found = traces(plots_education.ability(known, [(0.0, True), (0.5, False)], LABELS, true=1.0))
    assert list(found["estimate"].y) == pytest.approx([learner.level(k.ability) for k in known])
    assert list(found["right"].x) == [1] and list(found["right"].y) == [50]
    assert list(found["wrong"].x) == [2] and list(found["wrong"].y) == [55]
    assert set(found["true"].y) == {60}
    low, high = known[2].interval()
    assert max(found["band"].y[2:3]) == pytest.approx(learner.level(high))
    assert found["band"].y[3] == pytest.approx(learner.level(low))
    assert found["right"].marker.symbol != found["wrong"].marker.symbol  # not by colour alone


def test_before_the_first_answer_there_is_a_band_and_no_sign():
    found = traces(plots_education.ability([Learner()], [], LABELS))
    assert set(found) == {"band", "estimate"} and len(found["band"].x) == 4
    assert max(found["band"].y) - min(found["band"].y) == pytest.approx(2 * 19.6 * learner.SPREAD, rel=0.01)


def test_cost_shows_every_demand_and_the_real_digits():
    labels = {name: name for name in ("thrown", "misread", "real", "made")}
    found = traces(plots_education.cost([("none", 0.0, 0.05), ("strict", 0.2, 0.001)], 0.008, labels, dark=True))
    assert list(found["made"].text) == ["none", "strict"] and list(found["made"].y) == [0.05, 0.001]
    assert set(found["real"].y) == {0.008} and max(found["real"].x) > 0.2
