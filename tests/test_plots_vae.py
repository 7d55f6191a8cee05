"""Figures of the VAE page: what is drawn is what was given, and densities are densities."""

import numpy as np
import pytest

from genai_core.plots_vae import bounds, continuous_bernoulli, kl_bars, normaliser, placed

WORDS = {"x": "x", "y": "y", "density": "{rate}", "entropy": "{rate}: {area}"}


@pytest.mark.parametrize("dark", [False, True])
def test_the_density_has_area_one_and_cross_entropy_has_less(dark):
    figure = continuous_bernoulli(WORDS, dark)
    for density, entropy in zip(figure.data[::2], figure.data[1::2], strict=True):
        assert np.trapezoid(density.y, density.x) == pytest.approx(1, abs=1e-3)
        area = np.trapezoid(entropy.y, entropy.x)
        assert area < 1
        assert entropy.name.endswith(f"{area:.2f}")


@pytest.mark.parametrize("rate", [1e-4, 0.1, 0.4951, 0.4999, 0.5, 0.7, 0.999])
def test_the_normaliser_is_one_over_the_area(rate):
    x = np.linspace(0, 1, 20001)
    assert normaliser(rate) == pytest.approx(1 / np.trapezoid(rate**x * (1 - rate) ** (1 - x), x), rel=1e-4)


def test_each_bar_names_its_dimension_and_whether_it_is_used():
    figure = kl_bars([3, 0, 1], [2.0, 0.5, 0.001], [True, True, False], {**WORDS, "active": "{n} on", "inactive": "{n} off"}, False, 0)  # fmt: skip
    used, unused = figure.data
    assert (used.name, list(used.customdata), list(used.y)) == ("2 on", [3, 0], [2.0, 0.5])
    assert (unused.name, list(unused.customdata)) == ("1 off", [1])
    assert list(used.marker.line.width) == [0, 3]
    assert list(figure.layout.xaxis.categoryarray) == ["3", "0", "1"]


def test_the_line_stands_at_the_drawing_and_the_bars_count_every_picture():
    figure = placed([1.0, 2.0, 2.1, 3.0], 2.5, {**WORDS, "heldout": "h", "own": "o"}, True, bins=4)
    assert sum(figure.data[0].y) == 4
    assert list(figure.data[1].x) == [2.5, 2.5]
    assert len(placed([1.0, 2.0], None, {**WORDS, "heldout": "h", "own": "o"}, True).data) == 1


def test_published_bounds_have_a_sign_of_their_own_and_no_interval():
    rows = [
        {"name": "ours", "value": -86.9, "low": -87.1, "high": -86.5, "published": False},
        {"name": "theirs", "value": -86.76, "low": None, "high": None, "published": True},
    ]
    ours, theirs = bounds(rows, {"x": "nats", "ours": "ours", "published": "published"}, False).data
    assert ours.error_x.array[0] == pytest.approx(0.4)
    assert ours.error_x.arrayminus[0] == pytest.approx(0.2)
    assert theirs.error_x.array is None
    assert ours.marker.symbol != theirs.marker.symbol


def test_our_bound_stands_in_the_line_of_the_one_it_repeats():
    marks = [("first", True), ("second", True), ("first", False)]
    rows = [{"name": name, "value": -86.0, "low": None, "high": None, "published": p} for name, p in marks]
    figure = bounds(rows, {"x": "nats", "ours": "ours", "published": "published"}, False)
    assert figure.layout.yaxis.categoryarray == ("second", "first")  # from below
