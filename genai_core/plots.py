"""Data in, figure out. Live curves are Vega-Lite specs (they keep their node while they tick); the rest is Plotly.

Torch-free. No plotly.express: it takes 0.7 s to import. No pandas: tables are Arrow's, as they travel, and the web process saves 43 MB.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from genai_core.design import colour

Column = tuple[Sequence[float], Sequence[float | None]]  # steps, values

MOST_POINTS = 240  # a line: more than its chart has pixels to tell apart
THOUSANDS = "datum.value >= 1000 ? datum.value / 1000 + 'k' : datum.value"
NUMBERS = "datum.label ? format(datum.value, '~g') : ''"  # an axis of its own accord writes 500 as 5e+2
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


@dataclass(frozen=True)
class Curve:
    """One line: the column it reads, its name in the reader's language, and the concept that gives its colour."""

    column: str
    label: str
    concept: str
    smooth: bool = False


def curves(
    columns: Mapping[str, Column],
    lines: Sequence[Curve],
    *,
    x_title: str,
    dark: bool,
    height: int = 110,
    log: bool = False,
    domain: tuple[float, float] | None = None,
    floor: tuple[float, str] | None = None,
    marker: int | None = None,
) -> tuple[pa.Table, dict[str, Any]]:
    """A table (step, value, line) and a Vega-Lite spec for curves over steps.

    ``floor``: a value and its name, drawn as a dashed rule. ``marker``: the step that the scrubber shows. Each line has a
    dash of its own beside its colour, so that it can be told apart without colour.
    """
    steps_of, values_of, lines_of = [], [], []
    for line in lines:
        steps, values = columns.get(line.column, ((), ()))
        kept = [
            (s, v)
            for s, v in zip(steps, values, strict=True)
            if v is not None and math.isfinite(v) and (not log or v > 0)
        ]
        if line.smooth:
            kept = smoothed(kept)
        kept = [kept[i] for i in _evenly(len(kept), MOST_POINTS)]
        steps_of += [s for s, _ in kept]
        values_of += [v for _, v in kept]
        lines_of += [line.label] * len(kept)
    rows = pa.Table.from_arrays([floats(steps_of), floats(values_of), texts(lines_of)], names=("step", "value", "line"))
    labels = [line.label for line in lines]
    value_axis: dict[str, Any] = {"title": None, "grid": not log, "tickCount": 4, "labelExpr": NUMBERS, "format": "~g"}
    y_scale: dict[str, Any] = {"type": "log"} if log else {"zero": False}
    if domain and not log:
        y_scale = {"domain": list(domain)}
    shared = {
        "x": {
            "field": "step",
            "type": "quantitative",
            "axis": {"title": None, "tickCount": 4, "labelExpr": THOUSANDS, "grid": False},
        },
        "y": {"field": "value", "type": "quantitative", "axis": value_axis, "scale": y_scale},
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {
                "type": "line",
                "interpolate": "monotone",
                "strokeWidth": 2,
                "clip": True,
                "point": len(rows) <= 24,
            },
            "encoding": shared
            | {
                "color": {
                    "field": "line",
                    "type": "nominal",
                    "scale": {"domain": labels, "range": [colour(line.concept, dark) for line in lines]},
                    "legend": {
                        "title": None,
                        "orient": "top",
                        "symbolType": "stroke",
                        "offset": 2 if floor is None else 12,
                        "labelLimit": 260,
                        "values": sorted(set(lines_of), key=labels.index) or labels,
                    },
                },
                "strokeDash": {
                    "field": "line",
                    "type": "nominal",
                    "scale": {"domain": labels, "range": [list(DASHES[i % len(DASHES)]) for i in range(len(lines))]},
                    "legend": None,
                },
                "tooltip": [
                    {"field": "line", "type": "nominal", "title": " "},
                    {"field": "step", "type": "quantitative", "title": x_title},
                    {"field": "value", "type": "quantitative", "format": ".4~g", "title": "="},
                ],
            },
        }
    ]
    if floor is not None and (not log or floor[0] > 0):
        layers.append(_rule("y", floor[0], floor[1], colour("floor", dark)))
    if marker is not None:
        layers.append(_rule("x", marker, "", colour("floor", dark)))
    spec = {
        "height": height,
        "layer": layers,
        "config": {
            "view": {"stroke": None},
            "axis": {"labelFontSize": 11, "titleFontSize": 11, "domain": False},
            "legend": {"labelFontSize": 12},
        },
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
    }
    return rows, spec


def floats(values: Sequence[float]) -> pa.Array:
    """An Arrow column from its buffer: ``pa.array`` would import pandas to see whether it was given a part of it."""
    return pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(array("d", values))])


def texts(values: Sequence[str]) -> pa.Array:
    raw = [value.encode() for value in values]
    ends = array("i", (0, *itertools.accumulate(map(len, raw))))
    return pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(raw))])


def _evenly(n: int, most: int) -> list[int]:
    """At most ``most`` of the indices below ``n``, the first and the last among them."""
    return list(range(n)) if n <= most else [round(i * (n - 1) / (most - 1)) for i in range(most)]


def _rule(axis: str, value: float, text: str, hue: str) -> dict[str, Any]:
    rule = {
        "data": {"values": [{"at": value, "text": text}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": hue, "tooltip": {"content": "data"}},
        "encoding": {axis: {"field": "at", "type": "quantitative"}},
    }
    if not text:
        return rule
    label = {
        "data": rule["data"],
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "bottom",
            "dx": 4,
            "dy": -3,
            "fontSize": 11,
            "color": hue,
        },
        "encoding": {axis: {"field": "at", "type": "quantitative"}, "x": {"value": 0}, "text": {"field": "text"}},
    }
    return {"layer": [rule, label]}


def smoothed(points: Sequence[tuple[float, float]], weight: float = 0.6) -> list[tuple[float, float]]:
    """Exponential moving average with the start-up bias removed, in the order given."""
    average, mass, out = 0.0, 0.0, []
    for step, value in points:
        average = weight * average + (1 - weight) * value
        mass = weight * mass + (1 - weight)
        out.append((step, average / mass))
    return out


def generator_gradients(labels: Mapping[str, str], dark: bool) -> Any:
    """How hard each generator loss pulls, against what the discriminator believes: a plotly Figure.

    With D = sigmoid(a) on a generated picture, the gradient in a is -D for the minimax loss log(1 - D) and -(1 - D) for the
    non-saturating loss -log D (Goodfellow et al. 2014, section 3). ``labels``: x, y, minimax, nonsaturating.
    """
    import numpy as np
    import plotly.graph_objects as go

    belief = np.linspace(0.0, 1.0, 101)
    figure = go.Figure()
    for name, pull, hue, dash in (
        ("minimax", belief, colour("discriminator", dark), "dash"),
        ("nonsaturating", 1 - belief, colour("generated", dark), "solid"),
    ):
        figure.add_scatter(
            x=belief, y=pull, name=labels[name], mode="lines", line={"color": hue, "dash": dash, "width": 3}
        )
    figure.update_layout(
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": labels["x"], "range": [0, 1]},
        yaxis={"title": labels["y"], "range": [0, 1.05]},
        legend={"orientation": "h", "y": 1.15},
    )
    return figure
