"""Figures of the risk lab: replicates beside their control, a dose, a price. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from genai_core.design import colour

TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}


@dataclass(frozen=True)
class Row:
    """One group of replicates: a value a trained model, the mean with its interval, and the concept of its colour."""

    label: str
    values: Sequence[float]
    mean: float
    low: float | None
    high: float | None
    concept: str


def replicates(
    rows: Sequence[Row],
    *,
    x_title: str,
    span: tuple[float, float],
    band: tuple[float, float],
    band_label: str,
    dark: bool,
    marks: Sequence[tuple[float, str, str]] = (),
) -> go.Figure:
    """A line of points a group, means as diamonds with intervals. ``band``: where the control must lie. ``marks``: (value,
    name, concept), as dashed verticals: a guess, a live run."""
    figure = go.Figure()
    figure.add_vrect(x0=band[0], x1=band[1], fillcolor=colour("floor", dark), opacity=0.18, line_width=0)
    figure.add_annotation(
        x=sum(band) / 2, y=1.0, yref="paper", text=band_label, showarrow=False, yanchor="bottom", font_size=12
    )
    for place, row in enumerate(reversed(rows)):
        # Points of a group are set apart by their order, so that equal values stay visible.
        n = len(row.values)
        offsets = [place + (0.0 if n == 1 else 0.18 * (2 * i / (n - 1) - 1)) for i in range(n)]
        tint = colour(row.concept, dark)
        figure.add_scatter(
            x=list(row.values), y=offsets, mode="markers", name=row.label, hovertemplate="%{x:.3~g}<extra>%{fullData.name}</extra>",
            marker={"color": tint, "size": 9, "opacity": 0.45},
        )  # fmt: skip
        error = {"type": "data", "symmetric": False, "array": [(row.high or row.mean) - row.mean]}
        error |= {
            "arrayminus": [row.mean - (row.low if row.low is not None else row.mean)],
            "thickness": 2.5,
            "width": 8,
        }
        figure.add_scatter(
            x=[row.mean], y=[place + 0.34], mode="markers", name=row.label, error_x=error if row.low is not None else None,
            marker={"color": tint, "size": 13, "symbol": "diamond"}, hovertemplate="%{x:.3~g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    for level, (value, name, concept) in enumerate(marks):
        figure.add_vline(x=value, line={"dash": "dash", "width": 2, "color": colour(concept, dark)})
        figure.add_annotation(
            x=value, y=0.02 + 0.1 * level, yref="paper", text=name, showarrow=False, xanchor="left", xshift=6, font_size=13,
            font_color=colour(concept, dark),
        )  # fmt: skip
    ticks = list(range(len(rows)))
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[row.label for row in reversed(rows)],
        range=[-0.5, len(rows) - 0.3],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(title=x_title, range=_wider(span), zeroline=False)
    figure.update_layout(showlegend=False, margin=TIGHT | {"t": 28}, height=120 + 90 * len(rows))
    return figure


def strip(rows: Sequence[Row], *, span: tuple[float, float], band: tuple[float, float], dark: bool) -> str:
    """A small picture (SVG) of rows over one axis: points, the mean as a diamond on its interval, ``band`` as in
    :func:`replicates`. Without words, so that it needs no font: what it shows is said beside it."""
    width, high, edge = 360, 30, 12
    low, top = (f(span, [v for row in rows for v in row.values]) for f in (_lowest, _highest))
    scale = (width - 2 * edge) / (top - low)

    def x(value: float) -> float:
        return round(edge + (min(max(value, low), top) - low) * scale, 1)

    height = high * len(rows) + 8
    grey = colour("floor", dark)
    parts = [f'<rect x="{x(band[0])}" y="0" width="{round(x(band[1]) - x(band[0]), 1)}" height="{height}" fill="{grey}" opacity="0.22"/>']
    for place, row in enumerate(rows):
        y, tint = 4 + high * (place + 0.5), colour(row.concept, dark)
        parts += [f'<circle cx="{x(v)}" cy="{y + 5}" r="3.5" fill="{tint}" opacity="0.4"/>' for v in row.values]
        if row.low is not None and row.high is not None:
            parts.append(f'<path d="M{x(row.low)} {y - 4}H{x(row.high)}" stroke="{tint}" stroke-width="3"/>')
        m = x(row.mean)
        parts.append(f'<path d="M{m} {y - 11}L{m + 7} {y - 4}L{m} {y + 3}L{m - 7} {y - 4}Z" fill="{tint}"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{"".join(parts)}</svg>'


def _lowest(span: tuple[float, float], values: Sequence[float]) -> float:
    return min(span[0], *values)


def _highest(span: tuple[float, float], values: Sequence[float]) -> float:
    return max(span[1], *values)


def forest(
    experiments: Sequence[tuple[str, Sequence[Row]]], *, x_title: str, band: float, band_label: str, dark: bool
) -> go.Figure:
    """Experiments under one another on one scale, on which 0 is no effect and 1 what was claimed: (name, rows). Rows of one
    label are one entry of the legend. ``band``: half the width of what no effect may look like."""
    figure = go.Figure()
    figure.add_vrect(x0=-band, x1=band, fillcolor=colour("floor", dark), opacity=0.18, line_width=0)
    figure.add_annotation(x=0, y=1.0, yref="paper", text=band_label, showarrow=False, yanchor="bottom", font_size=12)
    figure.add_vline(x=1, line={"dash": "dot", "width": 1, "color": colour("floor", dark)})
    places = {name: len(experiments) - 1 - i for i, (name, _) in enumerate(experiments)}
    labels = list(dict.fromkeys(row.label for _, rows in experiments for row in rows))
    for level, label in enumerate(labels):
        found = [(name, row) for name, rows in experiments for row in rows if row.label == label]
        tint = colour(found[0][1].concept, dark)
        figure.add_scatter(
            x=[row.mean for _, row in found], y=[places[name] + 0.24 * (1 - level) for name, _ in found],
            mode="markers", name=label, marker={"color": tint, "size": 11, "symbol": ("diamond", "circle", "square")[level % 3]},
            customdata=[name for name, _ in found], hovertemplate="%{customdata}: %{x:.2f}<extra>%{fullData.name}</extra>",
            error_x={
                "type": "data", "symmetric": False, "thickness": 2,
                "array": [0 if row.high is None else row.high - row.mean for _, row in found],
                "arrayminus": [0 if row.low is None else row.mean - row.low for _, row in found],
            },
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(places.values()), ticktext=list(places), range=[-0.6, len(places) - 0.4], zeroline=False
    )
    figure.update_xaxes(title=x_title, zeroline=False)
    figure.update_layout(
        margin=TIGHT | {"t": 28}, height=110 + 52 * len(places), legend={"orientation": "h", "y": -0.2 if len(places) < 6 else -0.12}
    )  # fmt: skip
    return figure


def rescaled(row: Row, null: float, claimed: float) -> Row:
    """A row on the scale of :func:`forest`; where the claim lies below the null, lower is further along."""

    def to(value: float) -> float:
        return (value - null) / (claimed - null)

    ends = (row.low, row.high) if claimed > null else (row.high, row.low)
    low, high = (None if end is None else to(end) for end in ends)
    return Row(row.label, [to(v) for v in row.values], to(row.mean), low, high, row.concept)


def dose(
    curves: Sequence[Sequence[tuple[float, float]]],
    *,
    x_title: str,
    y_title: str,
    null: float,
    null_label: str,
    dark: bool,
) -> go.Figure:
    """Effect against dose: a thin line a replicate, their mean as a thick one, no effect as a dashed one."""
    figure = go.Figure()
    tint = colour("risk", dark)
    for curve in curves:
        figure.add_scatter(
            x=[x for x, _ in curve], y=[y for _, y in curve], mode="lines", line={"color": tint, "width": 1}, opacity=0.3, hoverinfo="skip"
        )  # fmt: skip
    places = sorted({x for curve in curves for x, _ in curve})
    means = [sum(v) / len(v) for v in ([y for curve in curves for a, y in curve if a == x] for x in places)]
    figure.add_scatter(
        x=places,
        y=means,
        mode="lines+markers",
        line={"color": tint, "width": 3},
        hovertemplate="%{x:~g}: %{y:.3~g}<extra></extra>",
    )
    figure.add_hline(
        y=null,
        line={"dash": "dash", "color": colour("floor", dark)},
        annotation_text=null_label,
        annotation_position="top right",
    )
    figure.update_xaxes(title=x_title, tickvals=places)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    figure.update_layout(showlegend=False, margin=TIGHT, height=300)
    return figure


def price(
    before: tuple[Row, Row],
    after: tuple[Row, Row] | None,
    *,
    x_title: str,
    y_title: str,
    band: tuple[float, float],
    dark: bool,
) -> go.Figure:
    """Risk against price, without the mitigation and, where given, with it: each pair is (risk, price)."""
    figure = go.Figure()
    figure.add_hrect(y0=band[0], y1=band[1], fillcolor=colour("floor", dark), opacity=0.18, line_width=0)
    for pair, symbol in ((before, "circle"), (after, "diamond")):
        if pair is None:
            continue
        risk, cost = pair
        figure.add_scatter(
            x=[cost.mean], y=[risk.mean], mode="markers+text", text=[risk.label], textposition="top right", cliponaxis=False,
            error_x=_error(cost), error_y=_error(risk), marker={"size": 15, "symbol": symbol, "color": colour(risk.concept, dark)},
            hovertemplate="%{x:.4~g}, %{y:.3~g}<extra></extra>",
        )  # fmt: skip
    if after is not None:
        figure.add_annotation(
            x=after[1].mean, y=after[0].mean, ax=before[1].mean, ay=before[0].mean, axref="x", ayref="y", xref="x", yref="y",
            showarrow=True, arrowhead=3, arrowwidth=1.5, arrowcolor=colour("floor", dark), standoff=12, startstandoff=12, text="",
        )  # fmt: skip
    costs = [
        value
        for pair in (before, after)
        if pair
        for value in (pair[1].low, pair[1].high, pair[1].mean)
        if value is not None
    ]
    spread = max(costs) - min(costs)  # of what costs nothing, the axis shows no more than a percent or so
    room = 0.6 * spread if spread > 1e-3 * abs(costs[0]) else 0.05 * abs(costs[0]) or 1.0
    figure.update_xaxes(title=x_title, range=[min(costs) - room, max(costs) + room], zeroline=False)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    figure.update_layout(showlegend=False, margin=TIGHT | {"t": 28}, height=340)
    return figure


def paths(curves: Sequence[tuple[str, Sequence[float], str]], *, x_title: str, y_title: str, dark: bool) -> go.Figure:
    """A line a curve, (name, a value a generation from 0 on, concept)."""
    figure = go.Figure()
    for name, values, concept in curves:
        figure.add_scatter(
            x=list(range(len(values))), y=list(values), mode="lines", name=name, line={"color": colour(concept, dark), "width": 2.5},
            hovertemplate="%{x}: %{y:.3~g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title=x_title, zeroline=False)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    figure.update_layout(margin=TIGHT, height=300, legend={"orientation": "h", "y": -0.3})
    return figure


Group = tuple[str, Sequence[float], str]  # name, values, concept


def two_groups(first: Group, second: Group, *, x_title: str, y_title: str, dark: bool) -> go.Figure:
    """Two histograms over one axis, each as shares of its own group."""
    figure = go.Figure()
    values = [*first[1], *second[1]]
    size = (max(values) - min(values)) / 30 or 1.0
    for name, group, concept in (first, second):
        figure.add_histogram(
            x=list(group), name=name, histnorm="probability", opacity=0.6, marker_color=colour(concept, dark),
            xbins={"start": min(values), "end": max(values) + size, "size": size}, hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="overlay", margin=TIGHT, height=300, legend={"orientation": "h", "y": 1.12})
    figure.update_xaxes(title=x_title, zeroline=False)
    figure.update_yaxes(title=y_title)
    return figure


def _error(row: Row) -> dict[str, object] | None:
    if row.low is None or row.high is None:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [row.high - row.mean],
        "arrayminus": [row.mean - row.low],
        "thickness": 1.5,
    }


def _wider(span: tuple[float, float]) -> list[float]:
    room = 0.04 * (span[1] - span[0])
    return [span[0] - room, span[1] + room]
