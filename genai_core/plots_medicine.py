"""Figures of the page of medicine: people and records on one map, marginals, correlations, distances. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}
LINES = {"vae": ("generated", "solid"), "gan": ("discriminator", "dash"), "private": ("generated", "dot")}


def people(
    real: np.ndarray,
    real_labels: np.ndarray,
    made: np.ndarray,
    made_labels: np.ndarray,
    words: Mapping[str, str],
    dark: bool,
) -> go.Figure:
    """Real people as rings and synthetic ones as dots on a plane, (n, 2); label 0, malignant, as triangles. ``words``:
    real, made, malignant, benign."""
    figure = go.Figure()
    groups = ((real, real_labels, "real", True), (made, made_labels, "generated", False))
    for places, labels, concept, hollow in groups:
        for label, name in ((1, "benign"), (0, "malignant")):
            at = places[labels == label]
            symbol = ("circle" if label else "triangle-up") + ("-open" if hollow else "")
            title = f"{words['real' if hollow else 'made']} · {words[name]}"
            figure.add_scattergl(
                x=at[:, 0], y=at[:, 1], mode="markers", hoverinfo="skip", name=title,
                marker={"symbol": symbol, "size": 8, "color": colour(concept, dark), "opacity": 0.75 if hollow else 0.6},
            )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    figure.update_layout(margin=TIGHT, height=420, legend={"orientation": "h", "y": -0.02, "itemsizing": "constant"})
    return figure


def marginals(
    columns: Sequence[tuple[str, np.ndarray, Mapping[str, np.ndarray]]],
    words: Mapping[str, str],
    dark: bool,
    across: int = 3,
) -> go.Figure:
    """A small chart a column: (name, edges (B + 1,), shares (B,) by "real" and model). The real one is filled."""
    down = -(-len(columns) // across)
    figure = go.Figure()
    figure.set_subplots(
        rows=down, cols=across, subplot_titles=[name for name, *_ in columns], vertical_spacing=0.42 / down, horizontal_spacing=0.05
    )  # fmt: skip
    for place, (_, edges, shares) in enumerate(columns):
        middle = (edges[1:] + edges[:-1]) / 2
        where: dict[str, Any] = {"row": place // across + 1, "col": place % across + 1}
        figure.add_scatter(
            x=middle, y=shares["real"], mode="lines", fill="tozeroy", name=words["real"], legendgroup="real",
            showlegend=not place, line={"color": colour("real", dark), "width": 1.5, "shape": "hvh"}, hoverinfo="skip", **where,
        )  # fmt: skip
        for model in (name for name in shares if name != "real"):
            concept, dash = LINES[model]
            figure.add_scatter(
                x=middle, y=shares[model], mode="lines", name=words[model], legendgroup=model, showlegend=not place,
                line={"color": colour(concept, dark), "width": 2.5, "dash": dash, "shape": "spline"}, hoverinfo="skip", **where,
            )  # fmt: skip
    figure.update_yaxes(visible=False, rangemode="tozero")
    figure.update_xaxes(nticks=4, tickfont_size=11)
    figure.update_annotations(font_size=13)
    figure.update_layout(margin=TIGHT | {"t": 28}, height=190 * down + 40, legend={"orientation": "h", "y": -0.12})
    return figure


def correlations(
    matrices: Sequence[tuple[str, np.ndarray]], columns: Sequence[str], words: Mapping[str, str], dark: bool
) -> go.Figure:
    """Heat maps (d, d) side by side, then the difference of the first two under a scale of its own. ``words``: difference."""
    shown = [*matrices, (words["difference"], matrices[1][1] - matrices[0][1])]
    figure = go.Figure()
    figure.set_subplots(rows=1, cols=3, subplot_titles=[name for name, _ in shown], horizontal_spacing=0.03)
    middle = "#1E1E28" if dark else "#FBFAF6"
    scale = [[0, colour("training", dark)], [0.5, middle], [1, colour("risk", dark)]]
    for place, (_, matrix) in enumerate(shown):
        figure.add_heatmap(
            z=np.round(matrix, 3), x=list(columns), y=list(columns), zmin=-1, zmax=1, colorscale=scale, showscale=place == 2,
            hovertemplate="%{y}<br>%{x}<br>%{z:.2f}<extra></extra>", row=1, col=place + 1,
            colorbar={"thickness": 10, "len": 0.6, "tickvals": [-1, 0, 1]},
        )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    for place in range(3):
        axis = str(place + 1) if place else ""
        figure.update_layout(
            {
                f"yaxis{axis}": {"scaleanchor": f"x{axis}", "constrain": "domain"},
                f"xaxis{axis}": {"constrain": "domain"},
            }
        )
    figure.update_layout(margin=TIGHT | {"t": 30}, height=360)
    return figure


def hills(
    groups: Sequence[tuple[str, Sequence[float], str, str]], *, x_title: str, dark: bool, most: float
) -> go.Figure:
    """Distributions over one axis from 0 to ``most``, as lines: (name, values, concept, dash); the first is filled."""
    figure = go.Figure()
    edges = np.linspace(0, most, 41)
    for place, (name, values, concept, dash) in enumerate(groups):
        share = np.histogram(np.clip(values, 0, most), edges)[0] / len(values)
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2, y=np.convolve(share, [0.25, 0.5, 0.25], "same"), mode="lines", name=name,
            fill="none" if place else "tozeroy", line={"color": colour(concept, dark), "width": 2.5, "dash": dash},
            hoverinfo="skip",
        )  # fmt: skip
    figure.update_xaxes(title=x_title, range=[0, most], zeroline=False)
    figure.update_yaxes(visible=False, rangemode="tozero")
    figure.update_layout(margin=TIGHT, height=300, legend={"orientation": "h", "y": -0.3})
    return figure


def scores(rows: Sequence[tuple[str, Sequence[float], str]], *, x_title: str, dark: bool) -> go.Figure:
    """An estimate with its interval a row, from the top: (name, (value, low, high), concept)."""
    figure = go.Figure()
    names = [name for name, *_ in rows]
    for name, (value, low, high), concept in rows:
        figure.add_scatter(
            x=[value], y=[name], mode="markers", name=name, marker={"size": 13, "symbol": "diamond", "color": colour(concept, dark)},
            error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "thickness": 2.5, "width": 7},
            hovertemplate="%{x:.3f}<extra>%{y}</extra>",
        )  # fmt: skip
    lowest = min(low for _, (_, low, _), _ in rows)
    figure.update_xaxes(title=x_title, range=[min(0.9, lowest - 0.01), 1.004], zeroline=False)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)
    figure.update_layout(showlegend=False, margin=TIGHT, height=70 + 46 * len(rows))
    return figure
