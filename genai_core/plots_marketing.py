"""Figures of the marketing page: viewers that a test needs, what small tests do, shares with intervals. Data in, plotly Figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}
DASHES = ("solid", "dash", "dot")


def viewers(points: Sequence[tuple[int, int]], here: int, labels: Mapping[str, str], *, dark: bool) -> go.Figure:
    """Viewers that each poster needs against the lift to be found, in per cent, both on logarithmic scales. ``labels``: x, y, here."""
    hue, line = colour("generated", dark), colour("training", dark)
    figure = go.Figure(
        go.Scatter(
            x=[x for x, _ in points], y=[y for _, y in points], mode="lines+markers", line={"color": line, "width": 2.5},
            hovertemplate="+%{x} %: %{y:,}<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    figure.add_scatter(
        x=[here], y=[dict(points)[here]], mode="markers", name=labels["here"], marker={"color": hue, "size": 15, "symbol": "diamond"},
        hovertemplate="+%{x} %: %{y:,}<extra></extra>", showlegend=False,
    )  # fmt: skip
    marked = [x for x, _ in points if str(x)[0] in "125" and str(x)[1:].strip("0") == ""]
    figure.update_xaxes(
        title=labels["x"], type="log", tickvals=marked, ticktext=[f"+{x} %" for x in marked], tickangle=0
    )
    figure.update_yaxes(title=labels["y"], type="log", dtick=1, tickformat="~s", zeroline=False)
    figure.update_layout(height=200, margin=TIGHT)
    return figure


def shares(
    lines: Sequence[tuple[str, str, Sequence[tuple[int, float]]]], here: int, labels: Mapping[str, str], *, dark: bool
) -> go.Figure:
    """Shares against viewers, (name, concept, points) a line, with a dashed vertical at ``here``. ``labels``: x, y."""
    figure = go.Figure()
    figure.add_vline(x=here, line={"width": 2, "dash": "dash", "color": colour("floor", dark)})
    for (name, concept, points), dash in zip(lines, DASHES, strict=False):
        figure.add_scatter(
            x=[x for x, _ in points], y=[y for _, y in points], mode="lines+markers", name=name,
            line={"color": colour(concept, dark), "width": 2.5, "dash": dash}, hovertemplate="%{x:,}: %{y:.0%}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    places = [x for x, _ in lines[0][2]]
    figure.update_xaxes(title=labels["x"], type="log", tickvals=places, tickformat="~s")
    figure.update_yaxes(title=labels["y"], range=[0, 1.03], tickformat=".0%", zeroline=False)
    figure.update_layout(height=300, margin=TIGHT, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure


def bars(rows: Sequence[tuple[str, Mapping[str, Any], str]], *, x_title: str, dark: bool) -> go.Figure:
    """Shares as bars with intervals, one above the other, each under its label. ``rows``: (label, metric, concept)."""
    figure = go.Figure()
    for place, (label, metric, concept) in enumerate(reversed(rows)):
        error = None
        if metric["low"] is not None:
            error = {
                "type": "data",
                "symmetric": False,
                "array": [metric["high"] - metric["value"]],
                "thickness": 2,
                "width": 6,
            }
            error |= {"arrayminus": [metric["value"] - metric["low"]]}
        figure.add_bar(
            orientation="h", x=[metric["value"]], y=[place], width=0.42, error_x=error, marker={"color": colour(concept, dark)},
            hovertemplate="%{x:.1%}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            x=0, xref="paper", y=place + 0.38, text=label, showarrow=False, xanchor="left", font={"size": 13}
        )
    figure.update_xaxes(title=x_title, tickformat=".0%", rangemode="tozero", zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, range=[-0.4, len(rows) - 0.35])
    figure.update_layout(showlegend=False, margin=TIGHT, height=60 + 62 * len(rows))
    return figure
