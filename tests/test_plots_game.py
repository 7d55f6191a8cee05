"""Figures of the detector and of the mark: what is drawn is what was given, and nothing that was not measured."""

import pytest

from genai_core import plots_game, plots_risk, plots_watermark
from genai_core.metrics import signal
from genai_core.plots_risk import Row


def test_the_bound_lies_above_the_normal_curve_and_points_where_they_were_found():
    figure = plots_game.bound(
        [("abroad", 0.4, 0.7, "risk")], x_title="x", y_title="y", labels=("bound", "normal"), dark=False
    )
    bound, normal, point = figure.data
    assert all(a >= b for a, b in zip(bound.y, normal.y, strict=True)) and bound.y[0] == normal.y[0] == 0.5
    assert bound.y[40] == signal.auc_bound(bound.x[40]) and (point.x[0], point.y[0]) == (0.4, 0.7)


def test_tests_without_an_interval_have_none():
    one = Row("", (), 0.8, None, None, "risk")
    figure = plots_game.tests([("a", one, one)], names=("p", "q"), x_title="AUC", chance="coin", dark=True)
    assert all(trace.error_x.array is None for trace in figure.data) and figure.data[0].x[0] == 0.8
    known = Row("", (), 0.8, 0.7, 0.85, "risk")
    figure = plots_game.tests([("a", known, known)], names=("p", "q"), x_title="AUC", chance="coin", dark=True)
    assert figure.data[0].error_x.array[0] == pytest.approx(0.05) and figure.data[0].error_x.arrayminus[
        0
    ] == pytest.approx(0.1)


def test_a_text_far_from_all_real_ones_is_still_in_view():
    labels = {"real": "real", "bar": "bar", "text": "this"}
    figure = plots_watermark.hill([0.0, 0.5, -1.0], 1.0, 25.0, labels=labels, x_title="z", dark=False, over=True)
    low, high = figure.layout.xaxis.range
    assert low < -1 and high > 25 and any(note.x == 25.0 for note in figure.layout.annotations)


def test_a_price_that_hardly_moves_is_not_blown_up():
    def row(value, half):
        return Row("", (), value, value - half, value + half, "risk")

    figure = plots_risk.price(
        (row(0.2, 0.1), row(1.0, 0.0)), (row(0.1, 0.1), row(0.999999, 1e-6)), x_title="AUC", y_title="risk", band=(-0.05, 0.05), dark=False
    )  # fmt: skip
    low, high = figure.layout.xaxis.range
    assert low < 0.96 and high > 1.04
