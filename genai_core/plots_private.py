"""The figure of the private experiment: what each epsilon buys and what it costs, one above the other. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from genai_core.design import colour

Dose = tuple[str, Mapping[str, Any], Mapping[str, Any]]  # name, metric of the risk, metric of the price


def privacy(doses: Sequence[Dose], *, titles: tuple[str, str], null: float, null_label: str, dark: bool) -> go.Figure:
    """Risk (above) and price (below) of each dose, means with intervals; ``doses`` from no privacy to the most."""
    figure = go.Figure()
    names = [name for name, _, _ in doses]
    for row, concept in ((1, "risk"), (2, "training")):
        metrics = [dose[row] for dose in doses]
        figure.add_scatter(
            x=names, y=[m["value"] for m in metrics], yaxis="y" if row == 1 else "y2", mode="lines+markers",
            marker={"size": 12, "symbol": "diamond", "color": colour(concept, dark)},
            line={"color": colour(concept, dark), "width": 2, "dash": "dot"},
            error_y=_bars(metrics), hovertemplate="%{y:.4~g}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(
        y=null,
        line={"dash": "dash", "color": colour("floor", dark)},
        annotation_text=null_label,
        annotation_position="top right",
    )
    figure.update_layout(
        yaxis={"domain": [0.54, 1], "title": titles[0]},
        yaxis2={"domain": [0, 0.46], "title": titles[1], "anchor": "x"},
        showlegend=False,
        height=440,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
    figure.update_xaxes(anchor="y2", type="category")
    return figure


def _bars(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Intervals as error bars; none where there is only one replicate."""
    known = [(m["value"] if m[end] is None else m[end]) for m in metrics for end in ("low", "high")]
    return {
        "type": "data",
        "symmetric": False,
        "arrayminus": [m["value"] - low for m, low in zip(metrics, known[::2], strict=True)],
        "array": [high - m["value"] for m, high in zip(metrics, known[1::2], strict=True)],
        "width": 6,
    }
