"""Figures of a report: where marks lie, that both renderings show them, and that texts are texts."""

import io
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_core.report import charts
from genai_core.report.drawing import Box, Diamond, Dot, Drawing, Label, Line, flowable, svg


def of(drawing, kind):
    return [mark for mark in drawing.marks if isinstance(mark, kind)]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_few_and_inside(low, width):
    found = charts.ticks(low, low + width)
    step = found[1] - found[0] if len(found) > 1 else None
    assert 1 <= len(found) <= 7 and all(low - 1e-6 * width <= x <= low + width * (1 + 1e-6) for x in found)
    assert step is None or f"{step:.0e}"[0] in "125"


def test_ticks_of_nothing_are_one():
    assert charts.ticks(3.0, 3.0) == [3.0] and charts.ticks(float("nan"), 1.0)


def test_replicates_put_values_where_they_belong():
    rows = [("effect", [1.0, 3.0], 2.0, 1.5, 2.5, "risk"), ("control", [0.0, 0.0], 0.0, -0.1, 0.1, "heldout")]
    drawing = charts.replicates(rows, (-0.5, 0.5), "bits")
    one, three, *_ = of(drawing, Dot)
    two, nothing = of(drawing, Diamond)
    assert one.x < two.x < three.x and two.x == pytest.approx((one.x + three.x) / 2)
    band = of(drawing, Box)[0]
    assert band.x < nothing.x < band.x + band.width < one.x
    assert nothing.x == pytest.approx(band.x + band.width / 2)


def test_an_interval_that_is_not_there_is_not_drawn():
    def lines(low, high):
        return len(of(charts.replicates([("one", [1.0], 1.0, low, high, "risk")], (-1, 1), "x"), Line))

    assert lines(None, None) < lines(0.9, 1.1)


def test_a_curve_breaks_where_a_value_is_not_finite():
    whole = charts.curves({"loss": [(k, float(k)) for k in range(6)]}, "step")
    broken = charts.curves({"loss": [(k, float("nan") if k == 3 else float(k)) for k in range(7)]}, "step")
    drawn = [[line for line in of(d, Line) if line.width == 1.2] for d in (whole, broken)]
    assert [len(lines) for lines in drawn] == [1, 2]


def test_curves_of_nothing_are_empty():
    assert charts.curves({"loss": [(1, float("inf"))]}, "step").marks == ()


def test_a_risk_lies_in_the_cell_of_its_rating():
    bands = [[0] * 5 for _ in range(5)]
    bands[4][0] = 3  # likelihood 5, impact 1
    drawing = charts.matrix([(7, 5, 1)], bands, "impact", "likelihood")
    label = next(mark for mark in of(drawing, Label) if mark.text == "7")
    cell = next(box for box in of(drawing, Box) if box.fill == charts.BANDS[3])
    assert cell.x <= label.x <= cell.x + cell.width and cell.y <= label.y <= cell.y + cell.height
    assert cell.x == min(box.x for box in of(drawing, Box)) and cell.y == min(box.y for box in of(drawing, Box))


def test_many_risks_of_one_cell_are_counted_and_not_lost():
    texts = [mark.text for mark in of(charts.matrix([(k, 3, 3) for k in range(1, 21)], [[0] * 5] * 5, "i", "l"), Label)]
    assert "+8" in texts and "1 2 3 4" in texts


def test_votes_are_drawn_in_proportion_with_the_median_between_the_scores():
    drawing = charts.votes([("risk", [0, 1, 0, 2, 1], 3.5)])
    bars = of(drawing, Box)
    assert bars[3].height == pytest.approx(2 * bars[1].height) and bars[0].height < 1
    median = of(drawing, Line)[0].points[0][0]
    assert bars[2].x + bars[2].width < median < bars[3].x


def test_texts_are_escaped_in_svg():
    drawing = Drawing(20, (Label(1, 10, "<script>&\""),))
    root = ElementTree.fromstring(svg(drawing, 'a "quoted" <alt>'))
    assert root.attrib["aria-label"] == 'a "quoted" <alt>' and root[0].text == "<script>&\""


def test_both_renderings_have_every_mark():
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas

    shapes = Box(0, 0, 5, 5, "#ff0000"), Dot(1, 1, 2, "#00ff00"), Diamond(4, 4, 2, "#0000ff")
    marks = (Line(((0, 0), (9, 9)), dashes=(2, 1)), *shapes, Label(0, 9, "x"))
    drawing = Drawing(20, marks)
    assert len(ElementTree.fromstring(svg(drawing, ""))) == len(marks)
    made = flowable(drawing, "Helvetica", 240)
    assert len(made.contents[0].contents) == len(marks) and made.height == 10
    renderPDF.draw(made, Canvas(io.BytesIO()), 0, 0)
