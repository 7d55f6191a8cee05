"""Figures of the marketing page hold what they were given."""

import pytest

from genai_core import plots_marketing as plots

METRIC = {"value": 0.3, "low": 0.25, "high": 0.36}


@pytest.mark.parametrize("dark", [False, True])
def test_viewers_are_drawn_over_lifts_with_the_wish_on_the_line(dark):
    points = [(2, 2_000_000), (5, 320_000), (15, 37_000), (20, 21_000), (100, 1_100)]
    figure = plots.viewers(points, 20, {"x": "lift", "y": "viewers", "here": "wish"}, dark=dark)
    line, here = figure.data
    assert list(zip(line.x, line.y, strict=True)) == points and (here.x, here.y) == ((20,), (21_000,))
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.xaxis.tickvals == (2, 5, 20, 100)  # no crowd of labels


def test_shares_have_a_line_each_and_differ_by_more_than_colour():
    lines = [("wrong", "risk", [(100, 0.4), (1000, 0.2)]), ("found", "real", [(100, 0.1), (1000, 0.6)])]
    figure = plots.shares(lines, 1000, {"x": "viewers", "y": "share"}, dark=False)
    assert [trace.name for trace in figure.data] == ["wrong", "found"] and list(figure.data[1].y) == [0.1, 0.6]
    assert len({trace.line.dash for trace in figure.data}) == 2 and figure.layout.shapes[0].x0 == 1000


def test_bars_carry_their_intervals_and_labels():
    rows = [("one", METRIC, "risk"), ("other", METRIC | {"low": None, "high": None}, "heldout")]
    figure = plots.bars(rows, x_title="share", dark=True)
    below, above = figure.data  # the first row on top
    assert above.error_x.array[0] == pytest.approx(0.06) and above.error_x.arrayminus[0] == pytest.approx(0.05)
    assert below.error_x.array is None and above.y[0] > below.y[0]
    assert [note.text for note in figure.layout.annotations] == ["other", "one"]
