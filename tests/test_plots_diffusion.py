"""Figures of diffusion and flows: the formulas are those that the models use, and what was measured is what is drawn."""

import numpy as np
import pytest
import torch

from genai_core import plots_diffusion as plots
from genai_core.models import schedules


@pytest.mark.parametrize("key", sorted(plots.SCHEDULES))
def test_drawn_schedules_are_those_of_the_models(key):
    t = np.linspace(0.01, 0.99, 50)
    alpha, sigma = plots.SCHEDULES[key][0](t)
    model = schedules.SCHEDULES[key]
    point = torch.from_numpy(t)
    np.testing.assert_allclose(alpha, model.alpha(point).numpy(), atol=1e-6)
    np.testing.assert_allclose(sigma, model.sigma(point).numpy(), atol=1e-6)


def test_the_signal_to_noise_ratio_falls_and_its_names_are_the_given_ones():
    labels = {"x": "time", "y": "log", "linear": "L", "cosine": "C", "straight": "S"}
    figure = plots.signal_to_noise(labels, dark=False)
    assert [trace.name for trace in figure.data] == ["L", "C", "S"]
    assert all((np.diff(trace.y) < 0).all() for trace in figure.data)
    assert len({trace.line.dash for trace in figure.data}) == 3


def test_only_the_straight_path_is_straight_and_both_join_data_and_noise():
    labels = {"cosine": "C", "straight": "S", "data": "d", "noise": "n"}
    curved, straight, ends = plots.paths(labels, dark=True).data

    def length(trace):
        return np.hypot(np.diff(trace.x), np.diff(trace.y)).sum()

    apart = np.hypot(ends.x[1] - ends.x[0], ends.y[1] - ends.y[0])
    assert length(straight) == pytest.approx(apart) and length(curved) > 1.05 * apart
    for trace, slack in ((straight, 1e-9), (curved, 0.03)):  # the cosine keeps a little of each at the other's end
        assert abs(trace.x[0] - ends.x[0]) <= slack and abs(trace.y[-1] - ends.y[1]) <= slack


def test_what_was_measured_is_drawn_with_its_floor():
    labels = {"x": "n", "y": "d", "line": "ours", "floor": "real"}
    line, floor = plots.against([(1, 9.0), (4, 2.0), (16, 1.5)], labels, 0.5, dark=False).data
    assert list(line.x) == [1, 4, 16] and list(line.y) == [9.0, 2.0, 1.5] and list(floor.y) == [0.5, 0.5]
    figure = plots.against([(1, 0.1), (4, -0.01)], labels, -0.001, dark=False)  # unbiased distances may be negative
    assert len(figure.data) == 1 and figure.layout.yaxis.type != "log" and figure.layout.xaxis.type == "log"
    shares = plots.shares([("a", "real", [(0, 0.5)]), ("b", "training", [(0, 0.7)])], {"x": "", "y": ""}, dark=True)
    assert [trace.name for trace in shares.data] == ["a", "b"] and len({t.line.dash for t in shares.data}) == 2


def test_a_picture_of_a_density_is_bright_where_it_is_high_and_stands_upright():
    values = np.full((4, 4), -20.0)
    values[0, 1], values[3, 2], values[2, 2] = 1.0, -3.0, np.nan
    picture = plots.density(values)
    light = picture.astype(int).sum(2)
    assert picture.shape == (4, 4, 3) and picture.dtype == np.uint8
    assert light[3, 1] == light.max() and 0 < light[0, 2] < light[3, 1]  # rows from below
    assert light[1, 2] == 0 and light[2, 0] == 0
