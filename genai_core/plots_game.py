"""Figures of the detector: how each test came out, and what the distance allows. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from genai_core.design import colour
from genai_core.metrics import signal
from genai_core.plots_risk import TIGHT, Row


def tests(
    rows: Sequence[tuple[str, Row, Row]], *, names: tuple[str, str], x_title: str, chance: str, dark: bool
) -> go.Figure:
    """For each test (label, plain detector, taught detector) the mean AUC with its interval, one line a test."""
    figure = go.Figure()
    for side, (name, symbol, concept) in enumerate(zip(names, ("circle", "diamond"), ("risk", "real"), strict=True)):
        found = [row[1 + side] for row in rows]
        known = [row.low is not None and row.high is not None for row in found]
        error = {
            "type": "data", "symmetric": False, "thickness": 2, "width": 5,
            "array": [(row.high or row.mean) - row.mean for row in found],
            "arrayminus": [row.mean - (row.mean if row.low is None else row.low) for row in found],
        }  # fmt: skip
        figure.add_scatter(
            x=[row.mean for row in found], y=[len(rows) - 1 - k + (0.14 if side == 0 else -0.14) for k in range(len(rows))],
            mode="markers", name=name, error_x=error if all(known) else None,
            marker={"size": 12, "symbol": symbol, "color": colour(concept, dark)},
            hovertemplate="%{x:.3f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.add_vline(x=0.5, line={"dash": "dash", "color": colour("floor", dark)})
    figure.add_annotation(x=0.5, y=1, yref="paper", yanchor="bottom", text=chance, showarrow=False, font_size=12)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[row[0] for row in reversed(rows)], showgrid=False, zeroline=False
    )
    figure.update_xaxes(title=x_title, range=[0.3, 1.03], zeroline=False)
    figure.update_layout(margin=TIGHT | {"t": 26}, height=110 + 46 * len(rows), legend={"orientation": "h", "y": -0.28})
    return figure


def bound(
    points: Sequence[tuple[str, float, float, str]], *, x_title: str, y_title: str, labels: tuple[str, str], dark: bool
) -> go.Figure:
    """AUC over distance: the most that a distance allows and what two normals give as curves, each test as a point (name,
    distance, AUC, concept). ``labels``: the bound, the two normals."""
    figure, at = go.Figure(), np.linspace(0, 0.999, 80)
    figure.add_scatter(
        x=at.tolist(), y=[signal.auc_bound(d) for d in at], mode="lines", name=labels[0], hoverinfo="skip",
        line={"color": colour("floor", dark), "width": 3},
    )  # fmt: skip
    figure.add_scatter(
        x=at.tolist(), y=[signal.gaussian(d) for d in at], mode="lines", name=labels[1], hoverinfo="skip",
        line={"color": colour("floor", dark), "width": 1.5, "dash": "dot"},
    )  # fmt: skip
    for (name, distance, auc, concept), symbol in zip(
        points, ("circle", "diamond", "square", "triangle-up", "x", "star"), strict=False
    ):
        figure.add_scatter(
            x=[distance], y=[auc], mode="markers", name=name, marker={"size": 13, "symbol": symbol, "color": colour(concept, dark)},
            hovertemplate="%{x:.2f}, %{y:.3f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title=x_title, range=[-0.03, 1.03], zeroline=False)
    figure.update_yaxes(title=y_title, range=[0.4, 1.03], zeroline=False)
    figure.update_layout(margin=TIGHT, height=500, legend={"orientation": "h", "y": -0.16})
    return figure
