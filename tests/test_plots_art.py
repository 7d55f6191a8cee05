"""Figures of music: what is drawn, and what is said of it, are the notes that were given."""

import pytest

from genai_core import i18n, plots_art

VOICES = [[[72, 2], [74, 2], [0, 4]], [[67, 4], [65, 4]], [[0, 2], [64, 6]], [[48, 8]]]
NAMES = ["S", "A", "T", "B"]


@pytest.mark.parametrize("dark", [False, True])
def test_a_roll_has_a_bar_a_note_and_no_two_voices_alike(dark):
    figure = plots_art.roll(VOICES, NAMES, x_title="bar", dark=dark, metre=2)
    assert [list(trace.y) for trace in figure.data] == [[72, 74], [67, 65], [64], [48]]
    assert [list(trace.base) for trace in figure.data] == [[0, 1], [0, 2], [1], [0]]
    assert [list(trace.x) for trace in figure.data] == [[1, 1], [2, 2], [3], [4]]
    assert len({trace.marker.color for trace in figure.data}) == 4
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 4


def test_bars_are_counted_from_the_upbeat():
    figure = plots_art.roll(VOICES, NAMES, x_title="bar", dark=False, metre=2, pickup=1)
    assert [shape.x0 for shape in figure.layout.shapes] == [1, 3]


def test_the_shared_run_is_framed_where_it_stands():
    figure = plots_art.roll(VOICES, NAMES, x_title="bar", dark=False, shared=(0, [[74, 2]], 2), shared_label="run")
    frame = figure.data[-1]
    assert (frame.name, list(frame.y), list(frame.base), list(frame.x)) == ("run", [74], [1], [1])
    assert frame.marker.color == "rgba(0,0,0,0)"


def test_two_readings_of_one_passage_do_not_cover_each_other():
    figure = plots_art.roll([[[60, 2]], [[60, 2]]], ["a", "b"], x_title="", dark=False, beside=True)
    (one,), (two,) = (trace.y for trace in figure.data)
    assert abs(one - two) >= figure.data[0].width and round(one) == round(two) == 60


def test_the_control_is_counted_and_ones_own_is_marked():
    labels = {"x": "", "y": "", "control": "", "own": "mine"}
    figure = plots_art.shares([7, 7, 9], 12, labels, False)
    assert (list(figure.data[0].x), list(figure.data[0].y)) == ([7, 9], [2, 1])
    assert figure.layout.shapes[0].x0 == 12 and "mine" in figure.layout.annotations[0].text
    assert figure.layout.xaxis.range[0] < 7 and figure.layout.xaxis.range[1] > 12


def test_strips_and_ladders_show_every_value():
    figure = plots_art.strips([("a", [3.0, 3.0, 8.0], "real"), ("b", [1.0], "risk")], x_title="", dark=True)
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert [list(trace.x) for trace in points] == [[1.0], [3.0, 3.0, 8.0]]
    assert len(set(points[1].y)) == 2  # equal values are stacked
    metric = {"value": 1.5, "low": 1.0, "high": 1.8}
    figure = plots_art.ladder([("a", metric, "real"), ("b", metric | {"low": None}, "risk")], x_title="", dark=True)
    assert figure.data[1].error_x.array[0] == pytest.approx(0.3) and figure.data[0].error_x.array is None


def test_a_roll_is_described_by_its_notes():
    t = i18n.translator("en")
    words = plots_art.described(VOICES, NAMES, t)
    assert "4 beats" in words and "S: 2 notes from C5 to D5" in words and "B: 1 notes from C3 to C3" in words
    assert words.endswith("It ends on D5, F4, E4, C3.")
