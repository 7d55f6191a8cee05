"""Figures of series and pictures."""

import numpy as np
import pytest

from genai_core import plots_ar

LABELS = {
    "x": "x",
    "y": "y",
    "real": "real",
    "interval": "interval of {name}",
    "model": "net",
    "ar": "line",
    "naive": "last",
}


def test_a_forecast_begins_where_it_was_asked_to_and_has_a_line_a_name():
    lines = {name: ([1.0, 2.0], [[0.0, 1.0], [2.0, 3.0]]) for name in ("model", "ar")}
    figure = plots_ar.forecast((1950, [5.0, 6.0], [7.0, 8.0]), lines, LABELS, dark=False)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["real"].x) == [1948, 1949, 1950, 1951] and list(traces["real"].y) == [5, 6, 7, 8]
    assert list(traces["net"].x) == [1950, 1951] and list(traces["line"].y) == [1, 2]
    assert list(traces["interval of net"].y) == [2, 3, 1, 0]
    dashes = {trace.line.dash for name, trace in traces.items() if name in ("net", "line", "real")}
    assert len(dashes) == 3, "told apart without colour"
    bare = plots_ar.forecast((1950, [5.0], [7.0, 8.0]), lines, LABELS, dark=True, bands=False)
    assert len(bare.data) == 3


def test_intervals_reach_from_low_to_high():
    rows = [{"name": "a", "value": 3.0, "low": 1.0, "high": 7.0, "concept": "generated"}]
    (trace,) = plots_ar.intervals([*rows], {"x": "x"}, dark=False).data
    assert trace.error_x.array == (4.0,) and trace.error_x.arrayminus == (2.0,) and trace.y == ("a",)


def test_the_surprise_map_keeps_every_pixel():
    bits = np.arange(6.0).reshape(2, 3)
    (trace,) = plots_ar.surprise(bits, bits / 6, {"bits": "bits", "hover": "%{z}"}).data
    assert np.array_equal(trace.z, bits) and trace.zmax == 5
    assert all(hue.upper() > "#000018" for _, hue in plots_ar.GLOW), "no placeholder of a theme"
    assert plots_ar.faint("#FF8000", 0.5) == "rgba(255, 128, 0, 0.5)"
    with pytest.raises(KeyError):
        plots_ar.surprise(bits, bits, {})
