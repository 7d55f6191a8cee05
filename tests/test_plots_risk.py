"""Figures of the risk lab: what is drawn is what was given."""

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
