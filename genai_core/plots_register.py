"""The heat map of a register: risks by their numbers in the cells of the table of bands. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go

from genai_core.governance.rating import BANDS, IMPACT, LIKELIHOOD, MATRIX, POINTS, Band
from genai_core.governance.register import Risk

# (fill, ink) by theme: light, dark. From pale to deep, so that a grey print keeps their order.
TINTS: dict[Band, tuple[tuple[str, str], tuple[str, str]]] = {
    "low": (("#E3F1E4", "#1D1B20"), ("#1F3A2E", "#ECE9E1")),
    "moderate": (("#FBE7A8", "#1D1B20"), ("#5C4A12", "#FFFFFF")),
    "high": (("#F2A65A", "#1D1B20"), ("#9A4A0B", "#FFFFFF")),
    "extreme": (("#A61B1B", "#FFFFFF"), ("#C62F2F", "#FFFFFF")),
}
IN_A_CELL = 3
Cells = Mapping[tuple[int, int], Sequence[int]]


def cells(risks: Sequence[Risk], when: str) -> dict[tuple[int, int], list[int]]:
    """(likelihood, impact) -> the numbers of the risks rated so, ``when``: "inherent" or "residual"."""
    found: dict[tuple[int, int], list[int]] = {}
    for risk in risks:
        pair = (risk.values[f"{when}_likelihood"], risk.values[f"{when}_impact"])
        if all(pair):
            found.setdefault(pair, []).append(risk.number)
    return found


def heat(found: Cells, t: Callable[..., str], *, dark: bool) -> go.Figure:
    """Likelihood upwards, impact to the right; a colour and a letter a band, the risks' numbers large."""
    figure = go.Figure()
    order = list(BANDS)
    steps = [edge for place, band in enumerate(order) for edge in ((place / 4, TINTS[band][dark][0]), ((place + 1) / 4, TINTS[band][dark][0]))]
    names = [[t(BANDS[band]) for band in row] for row in MATRIX]
    figure.add_heatmap(
        x=list(POINTS), y=list(POINTS), z=[[order.index(band) for band in row] for row in MATRIX], zmin=-0.5, zmax=3.5,
        colorscale=[list(step) for step in steps], showscale=False, xgap=3, ygap=3, customdata=names,
        hovertemplate="%{x} × %{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    for likelihood in POINTS:
        for impact in POINTS:
            band = MATRIX[likelihood - 1][impact - 1]
            ink = TINTS[band][dark][1]
            letter = t(BANDS[band])[:1]
            figure.add_annotation(x=impact, y=likelihood - 0.34, text=letter, showarrow=False, font={"size": 10, "color": ink})
            if numbers := found.get((likelihood, impact)):
                big = {"size": 13, "color": ink}
                figure.add_annotation(x=impact, y=likelihood + 0.1, text=f"<b>{_short(numbers)}</b>", showarrow=False, font=big)
    for axis, title, scale in ((figure.update_xaxes, t("Impact"), IMPACT), (figure.update_yaxes, t("Likelihood"), LIKELIHOOD)):
        labels = [f"{point}<br>{t(scale[point].name)}" for point in POINTS]
        axis(title=title, tickvals=list(POINTS), ticktext=labels, range=[0.5, 5.5], showgrid=False, zeroline=False, fixedrange=True)
    for band in order:
        marker = {"symbol": "square", "size": 12, "color": TINTS[band][dark][0]}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=t(BANDS[band]))
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemclick": False, "itemdoubleclick": False}
    figure.update_layout(height=440, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend=legend)
    return figure


def _short(numbers: Sequence[int]) -> str:
    """At most three numbers and how many more there are, two a line: a cell of a phone is narrow."""
    shown = [str(number) for number in numbers[:IN_A_CELL]] + ([f"+{len(numbers) - IN_A_CELL}"] if len(numbers) > IN_A_CELL else [])
    return "<br>".join(" · ".join(shown[start : start + 2]) for start in range(0, len(shown), 2))


def alt(found: Cells, total: int, t: Callable[..., str]) -> str:
    """The map in words, the worst cells first."""
    order = list(BANDS)
    worst = sorted(found, key=lambda pair: (-order.index(MATRIX[pair[0] - 1][pair[1] - 1]), -pair[1], -pair[0]))
    lines = [
        t(
            "{band}, likelihood {likelihood}, impact {impact}: risks {numbers}",
            band=t(BANDS[MATRIX[a - 1][b - 1]]),
            likelihood=t(LIKELIHOOD[a].name),
            impact=t(IMPACT[b].name),
            numbers=t(", ").join(map(str, found[a, b])),
        )
        for a, b in worst
    ]
    rated = sum(map(len, found.values()))
    if rated < total:
        lines.append(t("not rated: {n}", n=total - rated))
    return t("Heat map of the register.") + " " + t("; ").join(lines)
