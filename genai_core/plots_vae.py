"""Figures of the variational autoencoder's page: data in, plotly Figure out. Torch-free, as :mod:`genai_core.plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}


def continuous_bernoulli(labels: Mapping[str, str], dark: bool, rates: Sequence[float] = (0.05, 0.5, 0.8)) -> Any:
    """Density of the continuous Bernoulli, and what cross-entropy takes for one, over the grey level of a pixel.

    p(x) = C(l) l^x (1 - l)^(1 - x) on [0, 1], C(l) = 2 artanh(1 - 2 l) / (1 - 2 l), 2 at l = 1/2 (Loaiza-Ganem and
    Cunningham 2019, equations 7 and 8). Without C the area is 1 / C, less than one. ``labels``: x, y, density, entropy
    (with ``{rate}``, ``{area}`` to be filled in).
    """
    import numpy as np
    import plotly.graph_objects as go

    figure, x = go.Figure(), np.linspace(0.0, 1.0, 101)
    hues = [colour(name, dark) for name in ("training", "heldout", "generated")]
    for rate, hue in zip(rates, hues, strict=True):
        raw = rate**x * (1 - rate) ** (1 - x)
        norm = normaliser(rate)
        for values, label, dash in ((norm * raw, labels["density"], "solid"), (raw, labels["entropy"], "dot")):
            name = label.format(rate=f"{rate:g}", area=f"{1 / norm:.2f}")
            figure.add_scatter(x=x, y=values, name=name, mode="lines", line={"color": hue, "dash": dash, "width": 3})
    figure.update_layout(
        height=320,
        margin=TIGHT,
        xaxis={"title": labels["x"], "range": [0, 1]},
        yaxis={"title": labels["y"], "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def normaliser(rate: float) -> float:
    """C(l) of the continuous Bernoulli: by its Taylor series near 1/2, where the quotient loses its digits."""
    import math

    d = 1 - 2 * rate
    return 2 * (1 + d * d / 3 + d**4 / 5) if abs(d) < 1e-2 else 2 * math.atanh(d) / d


def kl_bars(
    dimensions: Sequence[int],
    kl: Sequence[float],
    active: Sequence[bool],
    labels: Mapping[str, str],
    dark: bool,
    chosen: int | None = None,
) -> Any:
    """KL of each latent dimension in nats, highest first; used and unused dimensions have a colour and a pattern each.

    ``labels``: x, y, active, inactive. A bar's ``customdata`` is its dimension.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    names = [str(d) for d in dimensions]
    for on, concept, shape in ((True, "generated", ""), (False, "heldout", "/")):
        kept = [i for i, a in enumerate(active) if bool(a) is on]
        figure.add_bar(
            x=[names[i] for i in kept],
            y=[kl[i] for i in kept],
            customdata=[dimensions[i] for i in kept],
            name=labels["active" if on else "inactive"].format(n=len(kept)),
            marker={
                "color": colour(concept, dark),
                "pattern": {"shape": shape},
                "line": {
                    "color": colour("training", dark),
                    "width": [3 if dimensions[i] == chosen else 0 for i in kept],
                },
            },
            hovertemplate="z%{x}: %{y:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=220,
        margin=TIGHT,
        bargap=0.15,
        xaxis={"title": labels["x"], "type": "category", "categoryorder": "array", "categoryarray": names},
        yaxis={"title": labels["y"], "rangemode": "tozero"},
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        clickmode="event+select",
    )
    return figure


def placed(values: Sequence[float], at: float | None, labels: Mapping[str, str], dark: bool, bins: int = 40) -> Any:
    """A histogram of the scores of held-out pictures with a line at one of a visitor's. ``labels``: x, y, heldout, own."""
    import numpy as np
    import plotly.graph_objects as go

    counts, edges = np.histogram(np.asarray(values, dtype=float), bins=bins)
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        name=labels["heldout"],
        marker={"color": colour("heldout", dark)},
        hovertemplate="%{x:.0f}: %{y}<extra></extra>",
    )
    if at is not None:
        hue = colour("generated", dark)
        figure.add_scatter(
            x=[at, at], y=[0, counts.max()], mode="lines", name=labels["own"], line={"color": hue, "width": 4}
        )
    figure.update_layout(
        height=230,
        margin=TIGHT,
        bargap=0,
        xaxis={"title": labels["x"]},
        yaxis={"title": labels["y"]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def bounds(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str], dark: bool) -> Any:
    """Bounds on log p(x) in nats, a row each, with intervals: ours as dots, published ones as diamonds.

    ``rows``: name, value, low, high (or None), published (bool); all of one split under one binarisation. ``labels``: x,
    ours, published.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    order = list(dict.fromkeys(row["name"] for row in rows))  # a name that comes twice would move to its last place
    for published, concept, symbol in ((False, "generated", "circle"), (True, "training", "diamond-open")):
        kept = [row for row in rows if bool(row["published"]) is published]
        if not kept:
            continue
        figure.add_scatter(
            x=[row["value"] for row in kept],
            y=[row["name"] for row in kept],
            mode="markers",
            name=labels["published" if published else "ours"],
            marker={"color": colour(concept, dark), "symbol": symbol, "size": 13, "line": {"width": 2}},
            error_x=None if published else _interval(kept),
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=110 + 34 * len(rows),
        margin=TIGHT,
        xaxis={"title": labels["x"]},
        yaxis={"categoryorder": "array", "categoryarray": order[::-1], "automargin": True},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


def _interval(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    below = [row["value"] if row["low"] is None else row["low"] for row in rows]
    above = [row["value"] if row["high"] is None else row["high"] for row in rows]
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - row["value"] for row, high in zip(rows, above, strict=True)],
        "arrayminus": [row["value"] - low for row, low in zip(rows, below, strict=True)],
        "thickness": 2,
    }
