"""Figures of the article's pages: the timeline, and computations that show what is wrong with a formula or a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genai_core.design import colour

if TYPE_CHECKING:
    from genai_core.article.demos import Belief, Next
    from genai_core.article.timeline import Moment

LANES = {"autoregressive": "generated", "vae": "training", "gan": "discriminator", "diffusion": "real", "flow": "risk", "energy": "heldout"}
TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}


def timeline(moments: Sequence[Moment], names: Mapping[str, str], *, dark: bool) -> Any:
    """Works in the order of their years, a lane for each family: a plotly Figure. Even steps, not even years, or the first ninety
    would leave no room for the last ten. ``names``: lane -> its name."""
    import plotly.graph_objects as go

    figure = go.Figure()
    lanes = [lane for lane in names if any(moment.lane == lane for moment in moments)]
    place = {moment.key: at for at, moment in enumerate(moments)}
    for row, lane in enumerate(lanes):
        of = [moment for moment in moments if moment.lane == lane]
        hue = colour(LANES[lane], dark)
        figure.add_scatter(
            x=[place[moment.key] for moment in of],
            y=[len(lanes) - 1 - row] * len(of),
            text=[_two_lines(moment.name) for moment in of],
            customdata=[[moment.year, moment.who] for moment in of],
            name=names[lane],
            mode="lines+markers+text",
            textposition=["top center" if at % 2 == 0 else "bottom center" for at in range(len(of))],
            textfont={"size": 12},
            line={"color": hue, "width": 2},
            marker={"color": hue, "size": 14},
            hovertemplate="%{text}, %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
            cliponaxis=False,
        )
    years = {moment.year: place[moment.key] for moment in reversed(moments)}  # the first work of each year
    figure.update_layout(
        height=70 + 84 * len(lanes),
        margin=TIGHT | {"t": 24, "l": 20},
        showlegend=False,
        xaxis={"tickvals": list(years.values()), "ticktext": [str(year) for year in years], "showgrid": True, "zeroline": False, "fixedrange": True},
        yaxis={
            "tickvals": list(range(len(lanes))), "ticktext": [names[lane] for lane in reversed(lanes)], "showgrid": False, "zeroline": False,
            "range": [-0.6, len(lanes) - 0.4], "fixedrange": True,
        },
    )  # fmt: skip
    return figure


def _two_lines(name: str, most: int = 11) -> str:
    """A long name broken at its last space, so that neighbours keep apart."""
    return "<br>".join(name.rsplit(" ", 1)) if len(name) > most else name


def follows(found: Next, labels: Mapping[str, str], *, dark: bool) -> Any:
    """The shares of the letters that follow, in the order of their numbers, and the mean of the numbers: a plotly Figure.

    ``labels``: x, y, mean.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_bar(x=list(range(len(found.shares))), y=found.shares, marker={"color": colour("real", dark)}, hovertemplate="%{y:.2%}<extra></extra>")
    figure.add_vline(x=found.mean, line={"dash": "dash", "width": 3, "color": colour("risk", dark)})
    figure.add_annotation(
        x=found.mean, y=1.0, yref="paper", text=labels["mean"], showarrow=False, xanchor="left", xshift=8, font_size=14,
        font_color=colour("risk", dark),
    )  # fmt: skip
    figure.update_layout(
        height=250, margin=TIGHT, showlegend=False,
        xaxis={
            "title": labels["x"], "tickvals": list(range(len(found.letters))), "ticktext": list(found.letters), "fixedrange": True, "tickangle": 0,
        },
        yaxis={"title": labels["y"], "tickformat": ".0%", "fixedrange": True},
    )  # fmt: skip
    return figure


def terms(kl: float, entropy: float, article: float, labels: Mapping[str, str], *, dark: bool) -> Any:
    """The two terms of the bound, and of the article's formula 3, in nats: stacked bars. ``labels``: kl, rebuild, right, article."""
    import plotly.graph_objects as go

    rows = [labels["article"], labels["right"]]
    figure = go.Figure()
    for name, values, concept in ((labels["kl"], [kl, kl], "training"), (labels["rebuild"], [article, entropy], "generated")):
        figure.add_bar(
            x=values, y=rows, name=name, orientation="h", marker={"color": colour(concept, dark)},
            hovertemplate="%{x:.3f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", height=230, margin=TIGHT, legend={"orientation": "h", "y": -0.2, "traceorder": "normal"},
        xaxis={"fixedrange": True}, yaxis={"fixedrange": True},
    )  # fmt: skip
    return figure


def belief(found: Belief, labels: Mapping[str, str], *, dark: bool) -> Any:
    """Two densities and what two discriminators say above them: a plotly Figure. ``labels``: x, y, real, generated, best, weak."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name in ("real", "generated"):
        figure.add_scatter(
            x=found.x, y=getattr(found, name), name=labels[name], mode="lines", fill="tozeroy", line={"color": colour(name, dark), "width": 2},
            opacity=0.6, hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    for name, line in (("best", {"width": 4}), ("weak", {"width": 3, "dash": "dash"})):
        figure.add_scatter(
            x=found.x, y=getattr(found, name), name=labels[name], mode="lines", line={"color": colour("discriminator", dark), **line},
            hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_layout(
        height=320, margin=TIGHT, legend={"orientation": "h", "y": -0.25},
        xaxis={"title": labels["x"], "fixedrange": True}, yaxis={"title": labels["y"], "range": [0, 1], "fixedrange": True},
    )  # fmt: skip
    return figure
