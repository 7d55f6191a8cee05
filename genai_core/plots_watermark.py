"""Figures of the mark in a text: one text among real ones, and what length does for it. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from genai_core.design import colour
from genai_core.plots_risk import TIGHT


def hill(
    real: Sequence[float], bar: float, mark: float, *, labels: dict[str, str], x_title: str, dark: bool, over: bool
) -> go.Figure:
    """Scores of real texts as a hill, the threshold as a dashed line, this text as an arrow. ``labels``: real, bar, text."""
    figure = go.Figure()
    low, high = min(*real, mark, -3.0), max(*real, mark, bar, 6.0)
    figure.add_histogram(
        x=list(real), histnorm="probability", marker_color=colour("heldout", dark), opacity=0.55, hoverinfo="skip",
        xbins={"start": low, "end": high, "size": 0.25},
    )  # fmt: skip
    figure.add_vline(
        x=bar, line={"dash": "dash", "width": 2, "color": colour("floor", dark)},
        annotation={"text": labels["bar"], "yanchor": "bottom", "y": 1.0, "xanchor": "left", "font_size": 12},
    )  # fmt: skip
    tint = colour("generated" if over else "real", dark)
    figure.add_annotation(
        x=mark, y=0, ax=0, ay=-74, text=f"<b>{labels['text']}</b>", font={"size": 15, "color": tint},
        showarrow=True, arrowhead=2, arrowwidth=4, arrowsize=0.9, arrowcolor=tint,
    )  # fmt: skip
    figure.add_annotation(
        x=sorted(real)[len(real) // 2], y=1.0, yref="paper", yanchor="bottom", text=labels["real"], showarrow=False, font_size=12, xanchor="center"
    )  # fmt: skip
    room = 0.05 * (high - low)
    figure.update_xaxes(title=x_title, range=[low - room, high + room], zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_layout(showlegend=False, margin=TIGHT | {"t": 26}, height=270, bargap=0.06)
    return figure


def lengths(
    at: Sequence[float], curves: Sequence[tuple[str, Sequence[float], str]], *, x_title: str, y_title: str, dark: bool
) -> go.Figure:
    """A line a curve over lengths of texts: (name, values, concept)."""
    figure = go.Figure()
    for (name, values, concept), symbol in zip(curves, ("circle", "diamond"), strict=False):
        figure.add_scatter(
            x=list(at), y=list(values), mode="lines+markers", name=name, line={"color": colour(concept, dark), "width": 3},
            marker={"symbol": symbol, "size": 10}, hovertemplate="%{x}: %{y:.3~g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title=x_title, type="log", tickvals=list(at), zeroline=False)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    figure.update_layout(margin=TIGHT, height=300, legend={"orientation": "h", "y": 1.14})
    return figure
