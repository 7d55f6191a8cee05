"""The figure of dropped modes: samples among eight islands. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from genai_core.design import colour


def islands(
    points: Sequence[Sequence[float]],
    centres: Sequence[Sequence[float]],
    reach: float,
    covered: Sequence[bool],
    *,
    dark: bool,
) -> go.Figure:
    """Points (N, 2) and a circle of radius ``reach`` around each of the centres (K, 2): drawn through and ticked where it is
    covered, dotted and crossed where it is not."""
    figure = go.Figure()
    figure.add_scatter(
        x=[x for x, _ in points], y=[y for _, y in points], mode="markers", hoverinfo="skip",
        marker={"color": colour("generated", dark), "size": 4, "opacity": 0.6},
    )  # fmt: skip
    for (x, y), here in zip(centres, covered, strict=True):
        tint = colour("real" if here else "risk", dark)
        line = {"color": tint, "width": 2.5, "dash": "solid" if here else "dot"}
        figure.add_shape(type="circle", x0=x - reach, x1=x + reach, y0=y - reach, y1=y + reach, line=line)
        figure.add_annotation(
            x=1.3 * x, y=1.3 * y, text="✓" if here else "✗", showarrow=False, font={"size": 16, "color": tint}
        )
    axis = {"range": [-1.25, 1.25], "visible": False}
    figure.update_layout(
        xaxis=axis,
        yaxis=axis | {"scaleanchor": "x"},
        showlegend=False,
        height=290,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    return figure
