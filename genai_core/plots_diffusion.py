"""Figures of diffusion and flows: measured trade-offs, and what the formulas of the schedules say. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from genai_core.design import colour

Rows = Sequence[tuple[float, float]]
DASH = ("solid", "dash", "dot", "dashdot")


def against(rows: Rows, labels: Mapping[str, str], floor: float | None, *, dark: bool) -> Any:
    """A distance against the number of evaluations, both on powers, with the floor as a dashed line: a plotly Figure."""
    figure = _figure(300)
    x, y = zip(*rows, strict=True)
    figure.add_scatter(
        x=x, y=y, name=labels["line"], mode="lines+markers",
        line={"color": colour("generated", dark), "width": 3}, marker={"size": 8},
    )  # fmt: skip
    if floor is not None and floor > 0:
        figure.add_scatter(
            x=[min(x), max(x)], y=[floor, floor], name=labels["floor"], mode="lines",
            line={"color": colour("floor", dark), "dash": "dash"},
        )  # fmt: skip
    ticks = {"tickvals": list(x), "ticktext": [f"{v:g}" for v in x]}
    figure.update_layout(
        xaxis={"title": labels["x"], "type": "log", **ticks}, yaxis={"title": labels["y"], "tickformat": "~g"}
    )
    if min(y) > 0:
        figure.update_layout(yaxis={"type": "log", "dtick": 1})
    return figure


def shares(lines: Sequence[tuple[str, str, Rows]], labels: Mapping[str, str], *, dark: bool) -> Any:
    """Several shares in [0, 1] against one setting; each line a name, the concept of its colour, and its rows."""
    figure = _figure(300)
    for i, (name, concept, rows) in enumerate(lines):
        x, y = zip(*rows, strict=True)
        figure.add_scatter(
            x=x, y=y, name=name, mode="lines+markers",
            line={"color": colour(concept, dark), "width": 3, "dash": DASH[i % len(DASH)]},
        )  # fmt: skip
    figure.update_layout(xaxis={"title": labels["x"]}, yaxis={"title": labels["y"], "range": [0, 1.05]})
    return figure


def lengths(
    lines: Sequence[tuple[str, str, Rows]], real: float | None, labels: Mapping[str, str], *, dark: bool
) -> Any:
    """Lengths in the units of the data against one setting, from 0 up; ``real`` as a dashed line. Lines as in :func:`shares`."""
    figure = shares(lines, labels, dark=dark)
    x = [v for _, _, rows in lines for v, _ in rows]
    if real is not None:
        figure.add_scatter(
            x=[min(x), max(x)], y=[real, real], name=labels["real"], mode="lines",
            line={"color": colour("floor", dark), "dash": "dash"},
        )  # fmt: skip
    figure.update_layout(yaxis={"title": labels["y"], "range": None, "rangemode": "tozero"})
    return figure


def density(log_density: np.ndarray, least: float = -8.0) -> np.ndarray:
    """A picture of a log density on a grid, rows from below: uint8 (size, size, 3), black where it is ``least`` or less.

    The hue runs from a deep blue over orange to white, and its brightness with it, so that it reads without colour.
    """
    finite = np.nan_to_num(log_density, nan=least, neginf=least)
    share = ((finite - least) / max(1e-6, float(finite.max()) - least)).clip(0, 1)[::-1]
    stops = np.array([0.0, 0.35, 0.7, 1.0])
    hues = np.array([[0, 0, 0], [38, 52, 120], [214, 92, 38], [255, 246, 214]], float)
    return np.stack([np.interp(share, stops, hues[:, i]) for i in range(3)], -1).round().astype(np.uint8)


# --- formulas --------------------------------------------------------------------------------------------------------


def _linear(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DDPM's schedule in continuous time: beta from .1 to 20, beginning at its first step of a thousand."""
    u = 1e-3 + (1 - 1e-3) * t
    kept = np.exp(-(0.1 * u + (20.0 - 0.1) * u**2 / 2))  # alpha^2
    return np.sqrt(kept), np.sqrt(1 - kept)


def _cosine(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    angle = np.pi / 2 * (0.008 + (1 - 2 * 0.008) * t)
    return np.cos(angle), np.sin(angle)


def _straight(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return 1 - t, t


SCHEDULES: Mapping[str, tuple[Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], str]] = {
    "linear": (_linear, "discriminator"),
    "cosine": (_cosine, "training"),
    "straight": (_straight, "generated"),
}


def signal_to_noise(labels: Mapping[str, str], *, dark: bool) -> Any:
    """log10 of alpha^2 / sigma^2 over time for every schedule. ``labels``: x, y and a name for each."""
    t = np.linspace(0.002, 0.998, 200)
    figure = _figure(280)
    for i, (key, (schedule, concept)) in enumerate(SCHEDULES.items()):
        alpha, sigma = schedule(t)
        figure.add_scatter(
            x=t, y=2 * np.log10(alpha / sigma), name=labels[key], mode="lines",
            line={"color": colour(concept, dark), "width": 3, "dash": DASH[i]},
        )  # fmt: skip
    figure.update_layout(xaxis={"title": labels["x"]}, yaxis={"title": labels["y"]})
    return figure


def paths(labels: Mapping[str, str], *, dark: bool) -> Any:
    """The way of one point x_0 = (.9, .3) to one noise eps = (-.4, 1.4) under each schedule, in the plane.

    A schedule with alpha + sigma = 1 goes straight; one with alpha^2 + sigma^2 = 1 goes along an ellipse.
    """
    data, noise, t = np.array([0.9, 0.3]), np.array([-0.4, 1.4]), np.linspace(0, 1, 100)
    figure = _figure(280)
    for key in ("cosine", "straight"):
        schedule, concept = SCHEDULES[key]
        alpha, sigma = schedule(t)
        way = alpha[:, None] * data + sigma[:, None] * noise
        figure.add_scatter(
            x=way[:, 0], y=way[:, 1], name=labels[key], mode="lines",
            line={"color": colour(concept, dark), "width": 3, "dash": DASH[list(SCHEDULES).index(key)]},
        )  # fmt: skip
    figure.add_scatter(
        x=[data[0], noise[0]], y=[data[1], noise[1]], text=[labels["data"], labels["noise"]],
        mode="markers+text", textposition="top center", showlegend=False,
        marker={"size": 10, "color": [colour("real", dark), colour("heldout", dark)]},
    )  # fmt: skip
    figure.update_layout(
        xaxis={"range": [-0.9, 1.4]}, yaxis={"range": [-0.1, 1.8], "scaleanchor": "x"},
    )  # fmt: skip
    return figure


def _figure(height: int) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
