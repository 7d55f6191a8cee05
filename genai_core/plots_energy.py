"""Figures of energy: quality against joules, and the shipped runs by family. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}
Place = tuple[str, float, float]  # name, joules of a legible digit, Fréchet distance


def frontier(
    steps: Sequence[Place], one: Place, *, floor: float, floor_label: str, x_title: str, y_title: str, dark: bool
) -> go.Figure:
    """Quality against energy on logarithmic axes: a way of many steps as a line, the one-step model as a diamond, real data as a
    dashed line."""
    figure = go.Figure()
    for places, symbol, concept, mode in (
        (steps, "circle", "generated", "lines+markers+text"),
        ([one], "diamond", "real", "markers+text"),
    ):
        figure.add_scatter(
            x=[joules for _, joules, _ in places],
            y=[distance for _, _, distance in places],
            text=[name for name, _, _ in places],
            mode=mode,
            textposition="top center",
            marker={"size": 13, "symbol": symbol, "color": colour(concept, dark)},
            line={"color": colour(concept, dark), "width": 2},
            hovertemplate="%{x:.2~s}J, %{y:.3~g}<extra>%{text}</extra>",
        )
    figure.add_hline(y=floor, line={"dash": "dash", "color": colour("floor", dark)})
    figure.add_annotation(  # an annotation of a logarithmic axis stands at the logarithm
        x=0, xref="paper", y=math.log10(floor), text=floor_label, showarrow=False, xanchor="left", yanchor="bottom"
    )
    figure.update_xaxes(title=x_title, type="log", exponentformat="SI", minexponent=0, ticksuffix="J", dtick=1)
    figure.update_yaxes(title=y_title, type="log", dtick=1)
    figure.update_layout(showlegend=False, margin=TIGHT | {"t": 24}, height=340)
    return figure


def bars(families: Mapping[str, Sequence[tuple[str, float]]], *, x_title: str, dark: bool) -> go.Figure:
    """A bar a family, its runs side by side in it: (name, watt-hours) each, the largest family on top."""
    figure = go.Figure()
    order = sorted(families, key=lambda family: sum(value for _, value in families[family]))
    for place in range(max(map(len, families.values()), default=0)):
        found = [(family, sorted(families[family], key=lambda run: -run[1])) for family in order]
        held = [(family, runs[place]) for family, runs in found if place < len(runs)]
        figure.add_bar(
            y=[family for family, _ in held],
            x=[value for _, (_, value) in held],
            customdata=[[name] for _, (name, _) in held],
            orientation="h",
            marker={"color": colour("training", dark), "line": {"width": 1, "color": "rgba(255,255,255,.5)"}},
            hovertemplate="%{customdata[0]}: %{x:.3~g}<extra></extra>",
        )
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(categoryorder="array", categoryarray=order)
    figure.update_layout(barmode="stack", showlegend=False, margin=TIGHT, height=80 + 46 * len(order))
    return figure
