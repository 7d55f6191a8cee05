"""Figures of models that write: next tokens, attention, curves by position, the factorisation. Data in, figure out; torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from genai_core import plots
from genai_core.design import colour

SHOWN = {" ": "␣", "\n": "↵", "\t": "⇥"}
PAPER = "rgba(0,0,0,0)"


def visible(token: str) -> str:
    """A token as one can see it: blanks and line ends get a sign."""
    return "".join(SHOWN.get(c, c) for c in token)


def next_tokens(
    tokens: Sequence[str],
    before: np.ndarray,  # (V,) probabilities as the model gives them
    after: np.ndarray,  # (V,) as the settings leave them
    *,
    chosen: int | None,
    labels: Mapping[str, str],
    dark: bool,
    most: int = 16,
) -> tuple[pa.Table, dict[str, Any]]:
    """The likeliest tokens as bars, a table and a Vega-Lite spec: pale before the settings, full after; what they cut is grey.

    ``chosen``: the token that was drawn, always among the bars. ``labels``: before, after, cut, chosen, probability.
    """
    order = [int(i) for i in np.argsort(-before, kind="stable")[:most]]
    if chosen is not None and chosen not in order:
        order[-1] = chosen
    names = [visible(tokens[i]) for i in order]
    names = [name if names.count(name) == 1 else f"{name} ({i})" for name, i in zip(names, order, strict=True)]
    said = [labels["chosen"] if i == chosen else "" if after[i] > 0 else labels["cut"] for i in order]
    rows = pa.Table.from_arrays(
        [plots.texts(names), plots.floats(before[order]), plots.floats(after[order]), plots.texts(said)],
        names=("token", "before", "after", "said"),
    )
    full, pale, grey = colour("generated", dark), colour("heldout", dark), colour("floor", dark)
    y = {
        "field": "token",
        "type": "nominal",
        "sort": names,
        "axis": {"title": None, "labelFontSize": 14, "ticks": False, "domain": False},
    }

    def x(name: str) -> dict[str, Any]:
        return {
            "field": name,
            "type": "quantitative",
            "axis": {"title": labels["probability"], "format": "~p", "tickCount": 5, "grid": False},
        }

    tooltip = [
        {"field": "token", "title": " "},
        {"field": "before", "format": ".3~p", "title": labels["before"]},
        {"field": "after", "format": ".3~p", "title": labels["after"]},
    ]
    scale = {"domain": [labels["before"], labels["after"]], "range": [pale, full]}
    hue_of_word = {"condition": {"test": "datum.after === 0", "value": grey}, "value": full}

    def bar(name: str, height: int, opacity: float) -> dict[str, Any]:
        hue = {"datum": labels[name], "scale": scale, "legend": {"title": None, "orient": "top", "symbolOpacity": 1}}
        encoding = {"y": y, "x": x(name), "color": hue, "tooltip": tooltip}
        return {"mark": {"type": "bar", "height": height, "opacity": opacity}, "encoding": encoding}

    words = {
        "transform": [{"calculate": "max(datum.before, datum.after)", "as": "end"}],
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12},
        "encoding": {"y": y, "x": x("end"), "text": {"field": "said"}, "color": hue_of_word},
    }
    spec = {
        "height": {"step": 21},
        "layer": [bar("before", 15, 0.35), bar("after", 7, 1), words],
        "config": {
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12},
            "legend": {"labelFontSize": 12},
        },
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 10, "top": 2, "bottom": 2},
    }
    return rows, spec


def attention(weights: np.ndarray, text: Sequence[str], labels: Mapping[str, str], dark: bool) -> Any:
    """Where each position looks: a plotly heat map of (T, T) weights; a row for the position that reads, a column for what it reads.

    What lies in the future has no weight and is left out. ``labels``: x, y, weight.
    """
    import plotly.graph_objects as go

    n = len(text)
    shown = [visible(c) for c in text]
    past = np.where(np.tril(np.ones((n, n), bool)), weights, np.nan)
    hue = colour("generated", dark)
    figure = go.Figure(
        go.Heatmap(
            z=past,
            x=list(range(n)),
            y=list(range(n)),
            colorscale=[[0, "#1E1E28" if dark else "#F1EEE6"], [1, hue]],
            zmin=0,
            hoverongaps=False,
            customdata=np.array([[f"{a} ← {b}" for b in shown] for a in shown]),
            hovertemplate="%{customdata}<br>%{z:.1%}<extra></extra>",
            colorbar={
                "title": {"text": labels["weight"], "side": "top"},
                "orientation": "h",
                "thickness": 10,
                "len": 0.5,
                "x": 1,
                "xanchor": "right",
                "y": 1,
                "yanchor": "top",
                "tickformat": ".0%",
                "nticks": 5,
            },
        )
    )
    axis = {"tickmode": "array", "tickvals": list(range(n)), "ticktext": shown, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=min(640, max(320, 15 * n + 120)),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        plot_bgcolor=PAPER,
        xaxis=axis | {"title": labels["x"], "tickangle": 0},
        yaxis=axis | {"title": labels["y"], "autorange": "reversed"},
    )
    return figure


def bands(
    x: Sequence[float],
    lines: Sequence[tuple[str, str, np.ndarray, np.ndarray | None, np.ndarray | None]],
    *,
    x_title: str,
    y_title: str,
    dark: bool,
    floor: tuple[float, str] | None = None,
    percent: bool = False,
    height: int = 320,
) -> Any:
    """Curves with intervals. ``lines``: name, concept, values (T,), low (T,) and high (T,) or None; ``floor``: a value and its name."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, concept, values, low, high) in enumerate(lines):
        hue = colour(concept, dark)
        if low is not None and high is not None:
            red, green, blue = (int(hue[i : i + 2], 16) for i in (1, 3, 5))
            figure.add_scatter(
                x=[*x, *reversed(x)],
                y=[*high, *reversed(low)],
                fill="toself",
                fillcolor=f"rgba({red},{green},{blue},0.16)",
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
        figure.add_scatter(
            x=list(x),
            y=list(values),
            name=name,
            mode="lines",
            line={"color": hue, "width": 3, "dash": ("solid", "dash", "dot", "dashdot")[place % 4]},
        )
    if floor is not None:
        hue = colour("floor", dark)
        figure.add_hline(
            y=floor[0],
            line={"color": hue, "dash": "dash"},
            annotation={"text": floor[1], "font": {"color": hue}, "xanchor": "left", "x": 0},
        )
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": x_title},
        yaxis={"title": y_title, "tickformat": ".0%" if percent else None},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure


# --- the factorisation -----------------------------------------------------------------------------------------------


def factorisation(kind: str, labels: Mapping[str, str], dark: bool) -> Any:
    """Which past each factor p(x_t | x_<t) sees, and by which way: a plotly Figure.

    ``kind``: "recurrent" (through one state), "attention" (each position directly), "lags" (the last p values, linearly),
    "raster" (the pixels above and to the left). ``labels``: past, state, now, future.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    concepts = {"past": "real", "state": "discriminator", "now": "generated", "future": "floor"}
    hues = {part: colour(concept, dark) for part, concept in concepts.items()}
    {"recurrent": _recurrent, "attention": _direct, "lags": _lags, "raster": _raster}[kind](figure, labels, hues)
    figure.update_layout(
        height=270,
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
        plot_bgcolor=PAPER,
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True},
        legend={"orientation": "h", "y": -0.08},
    )
    return figure


NODES, NOW = 6, 4  # inputs drawn, and the place whose past is shown


def _nodes(
    figure: Any, places: Sequence[tuple[float, float]], texts: Sequence[str], name: str, hue: str, square: bool = False
) -> None:
    figure.add_scatter(
        x=[p[0] for p in places],
        y=[p[1] for p in places],
        text=list(texts),
        name=name,
        mode="markers+text",
        marker={"size": 36, "color": hue, "symbol": "square" if square else "circle"},
        textfont={"color": "#FFFFFF" if hue in _DEEP else "#13131A", "size": 14},
        hoverinfo="skip",
        cliponaxis=False,
    )


_DEEP = {colour(concept) for concept in ("real", "discriminator", "generated", "training", "heldout")}


def _arrow(figure: Any, start: tuple[float, float], end: tuple[float, float], hue: str, gap: float = 19) -> None:
    figure.add_annotation(
        x=end[0],
        y=end[1],
        ax=start[0],
        ay=start[1],
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowwidth=2,
        arrowcolor=hue,
        standoff=gap,
        startstandoff=gap,
    )


def _sub(letter: str, t: int) -> str:
    return f"{letter}<sub>{t}</sub>"


def _inputs(figure: Any, labels: Mapping[str, str], hues: Mapping[str, str], first: int = 0) -> None:
    past = range(first, NOW)
    _nodes(figure, [(t, 0) for t in past], [_sub("x", t + 1) for t in past], labels["past"], hues["past"])
    hidden = [t for t in range(NODES) if t not in past and t != NOW] if first else list(range(NOW, NODES))
    _nodes(figure, [(t, 0) for t in hidden], [_sub("x", t + 1) for t in hidden], labels["future"], hues["future"])


def _recurrent(figure: Any, labels: Mapping[str, str], hues: Mapping[str, str]) -> None:
    for t in range(NOW):
        _arrow(figure, (t, 0), (t, 1), hues["past"])
        if t + 1 < NOW:
            _arrow(figure, (t, 1), (t + 1, 1), hues["state"])
    _arrow(figure, (NOW - 1, 1), (NOW, 2), hues["state"])
    _inputs(figure, labels, hues)
    _nodes(figure, [(t, 1) for t in range(NOW)], [_sub("h", t + 1) for t in range(NOW)], labels["state"], hues["state"])
    _nodes(figure, [(NOW, 2)], [_sub("p", NOW + 1)], labels["now"], hues["now"], square=True)


def _direct(figure: Any, labels: Mapping[str, str], hues: Mapping[str, str]) -> None:
    for t in range(NOW):
        _arrow(figure, (t, 0), (NOW, 2), hues["past"])
    _inputs(figure, labels, hues)
    _nodes(figure, [(NOW, 2)], [_sub("p", NOW + 1)], labels["now"], hues["now"], square=True)


def _lags(figure: Any, labels: Mapping[str, str], hues: Mapping[str, str]) -> None:
    for t in (NOW - 2, NOW - 1):
        _arrow(figure, (t, 0), (NOW, 2), hues["past"])
    _inputs(figure, labels, hues, first=NOW - 2)
    _nodes(figure, [(NOW, 2)], [_sub("x", NOW + 1)], labels["now"], hues["now"], square=True)


def _raster(figure: Any, labels: Mapping[str, str], hues: Mapping[str, str]) -> None:
    side, now = 7, (3, 3)
    cells = [(c, r) for r in range(side) for c in range(side)]
    groups = {
        "past": [c for c in cells if (c[1], c[0]) < (now[1], now[0])],
        "now": [now],
        "future": [c for c in cells if (c[1], c[0]) > (now[1], now[0])],
    }
    for name, places in groups.items():
        figure.add_scatter(
            x=[c for c, _ in places],
            y=[-r for _, r in places],
            name=labels[name],
            mode="markers",
            marker={"size": 26, "symbol": "square", "color": hues[name], "opacity": 0.35 if name == "future" else 1},
            hoverinfo="skip",
        )
    figure.update_layout(yaxis={"scaleanchor": "x"})


def temperatures(labels: Mapping[str, str], dark: bool) -> Any:
    """What temperature does to four tokens with logits 2, 1, 0 and -1: probabilities over T, a plotly Figure. ``labels``: x, y."""
    import plotly.graph_objects as go

    logits = np.array([2.0, 1.0, 0.0, -1.0])
    t = np.geomspace(0.1, 5, 120)
    scaled = np.exp((logits[None] - logits.max()) / t[:, None])
    shares = scaled / scaled.sum(1, keepdims=True)  # (120, 4)
    figure = go.Figure()
    for i, (logit, concept) in enumerate(zip(logits, ("generated", "training", "real", "discriminator"), strict=True)):
        dash = ("solid", "dash", "dot", "dashdot")[i]
        figure.add_scatter(
            x=t,
            y=shares[:, i],
            name=f"z = {logit:g}",
            mode="lines",
            line={"color": colour(concept, dark), "width": 3, "dash": dash},
        )
    figure.add_vline(x=1, line={"color": colour("floor", dark), "dash": "dot"})
    figure.update_layout(
        height=250,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": labels["x"], "type": "log", "tickvals": [0.1, 0.2, 0.5, 1, 2, 5]},
        yaxis={"title": labels["y"], "range": [0, 1.02], "tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure
