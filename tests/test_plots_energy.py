"""Figures of energy: what is drawn is what was given."""

import math

import pytest

from genai_core import plots_energy
from genai_core.design import colour


@pytest.mark.parametrize("dark", [False, True])
def test_a_frontier_holds_every_place_on_logarithmic_axes(dark):
    steps, one = [("1", 1e-3, 20.0), ("4", 4e-3, 7.0)], ("VAE", 1e-4, 30.0)
    figure = plots_energy.frontier(steps, one, floor=0.5, floor_label="real", x_title="J", y_title="FD", dark=dark)
    line, diamond = figure.data
    assert list(line.x) == [1e-3, 4e-3] and list(line.y) == [20.0, 7.0] and list(line.text) == ["1", "4"]
    assert list(diamond.x) == [1e-4] and diamond.marker.color == colour("real", dark)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.shapes[0].y0 == 0.5 and figure.layout.annotations[0].y == pytest.approx(math.log10(0.5))


def test_bars_add_up_and_the_largest_family_is_on_top():
    families = {"small": [("a", 1.0)], "large": [("b", 2.0), ("c", 5.0), ("d", 1.0)]}
    figure = plots_energy.bars(families, x_title="Wh", dark=False)
    sums = {"small": 0.0, "large": 0.0}
    for bar in figure.data:
        for family, value in zip(bar.y, bar.x, strict=True):
            sums[family] += value
    assert sums == {"small": 1.0, "large": 8.0} and figure.layout.barmode == "stack"
    assert list(figure.layout.yaxis.categoryarray) == ["small", "large"]
    assert list(figure.data[0].x) == [1.0, 5.0]  # the longest run of each first
