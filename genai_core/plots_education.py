"""Figures of the education page: an estimate of ability as it moves, and what legibility costs. Data in, figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genai_core.design import colour
from genai_core.learner import Learner, level

Answer = tuple[float, bool]  # a problem's difficulty in logits, and whether the answer was right


def ability(
    known: Sequence[Learner],
    answers: Sequence[Answer],
    labels: Mapping[str, str],
    *,
    true: float | None = None,
    dark: bool = False,
) -> Any:
    """What is known before and after each answer (n + 1), as a line of levels with its 95 % band; the problems (n) as signs:
    disc for right, cross for wrong. ``true``: the ability that a simulated learner was given. ``labels``: estimate, band, right, wrong,
    true, answers, level."""
    import plotly.graph_objects as go

    figure = go.Figure()
    at = list(range(len(known)))
    low, high = ([level(learner.interval()[end]) for learner in known] for end in (0, 1))
    tint = colour("training", dark)
    wide = at if len(at) > 1 else [-0.15, 0.15]  # before the first answer, a bar
    high, low = (ends if len(at) > 1 else ends * 2 for ends in (high, low))
    figure.add_scatter(
        x=wide + wide[::-1], y=high + low[::-1], fill="toself", fillcolor=_faint(tint), line={"width": 0}, mode="lines", hoverinfo="skip",
        name=labels["band"],
    )  # fmt: skip
    figure.add_scatter(
        x=at, y=[level(learner.ability) for learner in known], mode="lines+markers" if len(at) == 1 else "lines",
        line={"color": tint, "width": 3}, name=labels["estimate"], hovertemplate="%{y:.0f}<extra>%{fullData.name}</extra>",
    )  # fmt: skip
    for name, wanted, concept, sign in (("right", True, "real", "circle"), ("wrong", False, "risk", "x")):
        rows = [(i + 1, level(difficulty)) for i, (difficulty, right) in enumerate(answers) if right == wanted]
        if rows:
            figure.add_scatter(
                x=[x for x, _ in rows], y=[y for _, y in rows], mode="markers", name=labels[name],
                marker={"color": colour(concept, dark), "symbol": sign, "size": 8}, hovertemplate="%{y:.0f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    if true is not None:
        line = {"color": colour("heldout", dark), "width": 2, "dash": "dash"}
        figure.add_scatter(x=[0, max(at[-1], 1)], y=[level(true)] * 2, mode="lines", line=line, name=labels["true"])
    figure.update_xaxes(title=labels["answers"], range=[-0.3, max(10, len(at)) + 0.3], zeroline=False)
    figure.update_yaxes(title=labels["level"], range=[0, 100], zeroline=False)
    figure.update_layout(
        height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    )  # fmt: skip
    return figure


def _faint(tint: str) -> str:
    red, green, blue = (int(tint[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def cost(rows: Sequence[tuple[str, float, float]], real: float, labels: Mapping[str, str], *, dark: bool) -> Any:
    """Share misread against share thrown away, a point for each demand (its name, thrown, misread); real digits as a line.
    ``labels``: thrown, misread, real, made."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[x for _, x, _ in rows], y=[y for _, _, y in rows], text=[name for name, _, _ in rows], mode="lines+markers+text",
        textposition="top right", line={"color": colour("generated", dark), "width": 2.5}, marker={"size": 9}, name=labels["made"],
        hovertemplate="%{text}: %{x:.1%}, %{y:.2%}<extra></extra>", cliponaxis=False,
    )  # fmt: skip
    far = max(x for _, x, _ in rows) * 1.15 + 0.01
    figure.add_scatter(
        x=[0, far], y=[real, real], mode="lines", name=labels["real"], line={"color": colour("real", dark), "dash": "dash", "width": 2}
    )  # fmt: skip
    figure.update_xaxes(title=labels["thrown"], tickformat=".0%", range=[-0.01, far], zeroline=False)
    figure.update_yaxes(title=labels["misread"], tickformat=".0%", rangemode="tozero", zeroline=False)
    figure.update_layout(
        height=320, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    )  # fmt: skip
    return figure
