"""Figures of the autoregressive page's series and pictures: data in, plotly Figure out. Torch-free, as :mod:`genai_core.plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}
# Not one of the named scales: some begin with colours that a page's theme takes for its own placeholders.
GLOW = [[0.0, "#0B0C10"], [0.25, "#4A2A14"], [0.6, "#C2410C"], [0.85, "#FB923C"], [1.0, "#FFEBD6"]]
LINES = {"model": ("generated", "solid", 3), "ar": ("training", "dash", 2.5), "naive": ("heldout", "dot", 2)}


def forecast(
    years: tuple[int, Sequence[float], Sequence[float]],
    lines: Mapping[str, tuple[Sequence[float], Sequence[Sequence[float]]]],
    labels: Mapping[str, str],
    dark: bool,
    bands: bool = True,
) -> Any:
    """A series, and forecasts of it with 90 % intervals.

    ``years``: the first forecast year, the values before it, the true values from it on. ``lines``: "model", "ar" or
    "naive" -> forecast and interval (2, years). ``labels``: x, y, real, boundary, interval, and a name for each line.
    """
    import numpy as np
    import plotly.graph_objects as go

    first, past, truth = years
    figure = go.Figure()
    ahead = np.arange(first, first + len(truth))
    for name, (_, band) in lines.items():
        if bands:
            hue = colour(LINES[name][0], dark)
            low, high = np.asarray(band, float)
            figure.add_scatter(
                x=np.concatenate([ahead, ahead[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                fill="toself",
                fillcolor=faint(hue, 0.16),
                line={"width": 0},
                hoverinfo="skip",
                name=labels["interval"].format(name=labels[name]),
                showlegend=False,
            )
    whole = np.concatenate([np.asarray(past, float), np.asarray(truth, float)])
    figure.add_scatter(
        x=np.arange(first - len(past), first + len(truth)),
        y=whole,
        name=labels["real"],
        mode="lines",
        line={"color": colour("real", dark), "width": 2.5},
    )
    for name, (values, _) in lines.items():
        concept, dash, width = LINES[name]
        figure.add_scatter(
            x=ahead,
            y=np.asarray(values, float),
            name=labels[name],
            mode="lines" if len(ahead) > 1 else "markers",
            line={"color": colour(concept, dark), "width": width, "dash": dash},
        )
    figure.add_vline(x=first - 0.5, line={"color": colour("floor", dark), "dash": "dot"})
    figure.update_layout(
        height=380,
        margin=TIGHT,
        hovermode="x unified",
        xaxis={"title": labels["x"], "hoverformat": "d", "tickformat": "d"},
        yaxis={"title": labels["y"], "hoverformat": ".0f"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def faint(hue: str, share: float) -> str:
    """A colour that lets others through."""
    red, green, blue = (int(hue[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def intervals(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], dark: bool) -> Any:
    """Values with intervals, a row each. ``rows``: name, value, low, high, concept; ``labels``: x."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for row in rows:
        hue = colour(row["concept"], dark)
        spread = {
            "type": "data",
            "symmetric": False,
            "array": [row["high"] - row["value"]],
            "arrayminus": [row["value"] - row["low"]],
            "color": hue,
            "thickness": 2,
        }
        figure.add_scatter(
            x=[row["value"]],
            y=[row["name"]],
            error_x=spread if row["low"] is not None else None,
            mode="markers",
            marker={"color": hue, "size": 12},
            showlegend=False,
            hovertemplate="%{x:.2f}<extra>%{y}</extra>",
        )
    figure.update_layout(
        height=70 + 42 * len(rows),
        margin=TIGHT,
        xaxis={"title": labels["x"]},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return figure


def surprise(bits: Sequence[Sequence[float]], chance: Sequence[Sequence[float]], labels: Mapping[str, str]) -> Any:
    """How many bits each pixel told, (H, W), hovering also its chance of being on. ``labels``: bits, hover."""
    import numpy as np
    import plotly.graph_objects as go

    z = np.asarray(bits, float)
    figure = go.Figure(
        go.Heatmap(
            z=z,
            customdata=np.asarray(chance, float),
            zmin=0,
            zmax=max(4.0, float(z.max())),
            colorscale=GLOW,
            colorbar={"title": {"text": labels["bits"], "side": "right"}, "thickness": 12},
            hovertemplate=labels["hover"] + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=330,
        margin=TIGHT,
        xaxis={"visible": False, "constrain": "domain"},
        yaxis={"visible": False, "autorange": "reversed", "scaleanchor": "x"},
    )
    return figure
