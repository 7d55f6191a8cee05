"""Figures of the risk lab: what is drawn is what was given."""

from xml.etree import ElementTree

import pytest

from genai_core import plots_risk
from genai_core.design import colour


@pytest.mark.parametrize("dark", [False, True])
def test_paths_begin_at_generation_0_and_have_the_colour_of_their_concept(dark):
    curves = [("kept", [1.0, 0.9, 0.8], "real"), ("replaced", [1.0, 0.5], "risk")]
    figure = plots_risk.paths(curves, x_title="Generation", y_title="Deviation", dark=dark)
    assert [list(line.x) for line in figure.data] == [[0, 1, 2], [0, 1]]
    assert [list(line.y) for line in figure.data] == [[1.0, 0.9, 0.8], [1.0, 0.5]]
    assert [(line.name, line.line.color) for line in figure.data] == [
        ("kept", colour("real", dark)),
        ("replaced", colour("risk", dark)),
    ]


def rows():
    return [
        plots_risk.Row("risk", [6.0, 8.0], 7.0, 6.5, 7.5, "risk"),
        plots_risk.Row("control", [1.0], 1.0, None, None, "heldout"),
    ]


def test_a_strip_has_every_point_on_its_axis_and_an_interval_only_where_there_is_one():
    found = plots_risk.strip(rows(), span=(0.0, 7.5), band=(0.5, 1.5), dark=False)
    root = ElementTree.fromstring(found.replace("xmlns=", "space="))
    places = [float(circle.get("cx")) for circle in root.iter("circle")]
    assert places == [12 + 336 * 6 / 8, 12 + 336.0, 12 + 336 / 8]  # the axis reaches to the point beyond its span
    assert len([path for path in root.iter("path") if path.get("stroke")]) == 1
    band = next(root.iter("rect"))
    assert float(band.get("x")) == 12 + 336 * 0.5 / 8 and float(band.get("width")) == 336 / 8


@pytest.mark.parametrize(("null", "claimed"), [(1.0, 5.0), (9.0, 5.0)])
def test_on_one_scale_no_effect_is_0_and_the_claim_1(null, claimed):
    row = plots_risk.Row("risk", [null, claimed], 6.0, 5.5, 8.0, "risk")
    scaled = plots_risk.rescaled(row, null, claimed)
    assert scaled.values == [0.0, 1.0] and scaled.low < scaled.mean < scaled.high
    assert scaled.mean == (6.0 - null) / (claimed - null)


def test_a_forest_has_a_line_an_experiment_and_one_entry_a_kind():
    figure = plots_risk.forest([("one", rows()), ("two", rows()[:1])], x_title="x", band=0.25, band_label="none", dark=True)
    assert [(trace.name, list(trace.x)) for trace in figure.data] == [("risk", [7.0, 7.0]), ("control", [1.0])]
    assert list(figure.data[0].error_x.array) == [0.5, 0.5] and list(figure.data[1].error_x.array) == [0]
    assert figure.data[0].y[0] - figure.data[0].y[1] == 1 and figure.layout.yaxis.ticktext == ("one", "two")
