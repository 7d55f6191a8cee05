"""Figures of music: a piano roll of voices, runs of notes shared. Data in, plotly Figure out; torch-free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import plotly.graph_objects as go

from genai_core.design import classes, colour
from genai_core.music import name

HATCHES = ("", "/", ".", "x")  # so that voices are told apart by more than their colours
TIGHT = {"l": 8, "r": 8, "t": 8, "b": 8}
Line = Sequence[Sequence[int]]


def notes_of(line: Line, begin: int = 0) -> list[tuple[int, int, int]]:
    """(pitch, where it begins, length) of every note, in eighths."""
    found, at = [], begin
    for pitch, length in line:
        if pitch:
            found.append((pitch, at, length))
        at += length
    return found


def roll(
    voices: Sequence[Line],
    names: Sequence[str],
    *,
    x_title: str,
    dark: bool,
    metre: int = 4,
    pickup: int = 0,
    shared: tuple[int, Line, int] | None = None,
    shared_label: str = "",
    height: int = 420,
    beside: bool = False,
) -> go.Figure:
    """Voices as bars of colour and hatch over time. ``shared``: (voice, notes, the eighth where they begin), set in a frame.

    ``beside``: two readings of one passage, the first in the upper half of each place and the second in the lower, counted in beats."""
    figure = go.Figure()
    tints, paper = classes(dark), "#1B1B24" if dark else "#FFFFFF"
    for voice, (line, title) in enumerate(zip(voices, names, strict=True)):
        notes = notes_of(line)
        figure.add_bar(
            orientation="h", name=title, y=[p + (0.22 - 0.44 * voice if beside else 0) for p, _, _ in notes],
            x=[n / 2 for *_, n in notes], base=[at / 2 for _, at, _ in notes],
            width=0.42 if beside else 0.86, customdata=[[name(p), at / 2 + 1] for p, at, _ in notes],
            hovertemplate="%{customdata[0]}<extra>" + title + "</extra>",
            marker={
                "color": tints[voice],
                "line": {"width": 1, "color": paper},
                "pattern": {"shape": HATCHES[voice], "size": 5, "solidity": 0.28, "fgcolor": paper, "fillmode": "overlay"},
                "cornerradius": 4,
            },
        )  # fmt: skip
    if shared is not None:
        voice, line, begin = shared
        notes = notes_of(line, begin)
        figure.add_bar(
            orientation="h", name=shared_label, y=[p for p, _, _ in notes], x=[n / 2 for *_, n in notes],
            base=[at / 2 for _, at, _ in notes], width=1.25, hoverinfo="skip",
            marker={"color": "rgba(0,0,0,0)", "line": {"width": 3, "color": "#FFFFFF" if dark else "#13131A"}, "cornerradius": 4},
        )  # fmt: skip
    every = [note for line in voices for note in notes_of(line)]
    low, high = min((p for p, *_ in every), default=60) - 2, max((p for p, *_ in every), default=72) + 2
    end = max((sum(length for _, length in line) for line in voices), default=8) / 2
    bars = [pickup + metre * i for i in range(int((end - pickup) // metre) + 1)]
    for bar in () if beside else bars:
        figure.add_vline(x=bar, line={"width": 1, "color": colour("floor", dark), "dash": "dot"}, layer="below")
    figure.update_xaxes(title=x_title, range=[-0.1, end + 0.1], showgrid=False, zeroline=False)
    if not beside:
        figure.update_xaxes(tickvals=bars[:-1] or bars, ticktext=[str(i + 1) for i in range(len(bars))])
    octaves = [p for p in range(low, high + 1) if p % 12 in (0, 7)]
    figure.update_yaxes(range=[low, high], tickvals=octaves, ticktext=[name(p) for p in octaves], zeroline=False)
    figure.update_layout(
        barmode="overlay", height=height, margin=TIGHT, hovermode="closest",
        legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0, "itemclick": False, "itemdoubleclick": False},
    )  # fmt: skip
    return figure


def shares(control: Sequence[int], own: int, labels: Mapping[str, str], dark: bool) -> go.Figure:
    """How many pieces of the control have which longest run, and where one's own stands. ``labels``: x, y, control, own."""
    counted = Counter(control)
    top = max(counted.values())
    figure = go.Figure(
        go.Bar(
            x=sorted(counted), y=[counted[n] for n in sorted(counted)], name=labels["control"],
            marker={"color": colour("heldout", dark), "opacity": 0.75}, hovertemplate="%{x}: %{y}<extra></extra>",
        )
    )  # fmt: skip
    hue = colour("generated", dark)
    figure.add_vline(x=own, line={"width": 3, "color": hue})
    right = own > (min(counted) + max(counted)) / 2
    figure.add_annotation(
        x=own, y=top * 1.12, text=f"<b>{labels['own']}</b>", showarrow=False, font={"color": hue, "size": 14},
        xanchor="right" if right else "left", xshift=-6 if right else 6,
    )  # fmt: skip
    low, high = min(*counted, own), max(*counted, own)
    figure.update_xaxes(
        title=labels["x"], range=[low - 1, high + 1.5], zeroline=False, dtick=max(1, round((high - low) / 10))
    )
    figure.update_yaxes(title=labels["y"], range=[0, top * 1.25], zeroline=False, dtick=max(1, round(top / 5)))
    figure.update_layout(height=230, margin=TIGHT, showlegend=False, bargap=0.1)
    return figure


def strips(rows: Sequence[tuple[str, Sequence[float], str]], *, x_title: str, dark: bool) -> go.Figure:
    """A line of points a group, a bar at its median. ``rows``: (label, values, concept)."""
    figure = go.Figure()
    for place, (label, values, concept) in enumerate(reversed(rows)):
        tint = colour(concept, dark)
        seen: Counter[float] = Counter()
        offsets = []
        for value in values:  # equal values are stacked
            offsets.append(place - 0.22 + 0.07 * seen[value])
            seen[value] += 1
        figure.add_scatter(
            x=list(values), y=offsets, mode="markers", name=label, marker={"color": tint, "size": 9, "opacity": 0.6},
            hovertemplate="%{x}<extra>" + label + "</extra>",
        )  # fmt: skip
        middle = median(values)
        figure.add_scatter(
            x=[middle, middle],
            y=[place - 0.36, place + 0.36],
            mode="lines",
            hoverinfo="skip",
            line={"color": tint, "width": 4},
        )
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[label for label, *_ in reversed(rows)], range=[-0.6, len(rows) - 0.4],
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_xaxes(title=x_title, rangemode="tozero", zeroline=False)
    figure.update_layout(showlegend=False, margin=TIGHT, height=90 + 68 * len(rows))
    return figure


def ladder(rows: Sequence[tuple[str, Mapping[str, Any], str]], *, x_title: str, dark: bool) -> go.Figure:
    """Bars with intervals, one above the other. ``rows``: (label, metric, concept)."""
    figure = go.Figure()
    for label, metric, concept in reversed(rows):
        error = None
        if metric["low"] is not None and metric["high"] > metric["low"]:
            error = {"type": "data", "symmetric": False, "array": [metric["high"] - metric["value"]]}
            error |= {"arrayminus": [metric["value"] - metric["low"]], "thickness": 2, "width": 7}
        figure.add_bar(
            orientation="h", x=[metric["value"]], y=[label], name=label, error_x=error, marker={"color": colour(concept, dark)},
            text=f"{metric['value']:.2f}", textposition="inside", insidetextanchor="start", hoverinfo="skip",
        )  # fmt: skip
    figure.update_xaxes(title=x_title, rangemode="tozero", zeroline=False)
    figure.update_yaxes(showgrid=False)
    figure.update_layout(showlegend=False, margin=TIGHT, height=90 + 60 * len(rows), bargap=0.35)
    return figure


def described(voices: Sequence[Line], names: Sequence[str], t: Any) -> str:
    """What a piano roll shows, in words computed from its notes."""
    words = []
    for line, title in zip(voices, names, strict=True):
        pitches = [pitch for pitch, _ in line if pitch]
        if pitches:
            words.append(
                t("{voice}: {n} notes from {low} to {high}", voice=title, n=len(pitches), low=name(min(pitches)), high=name(max(pitches)))
            )  # fmt: skip
    last = t(", ").join(name([pitch for pitch, _ in line if pitch][-1]) for line in voices if any(p for p, _ in line))
    beats = max((sum(length for _, length in line) for line in voices), default=0) // 2
    return t(
        "Piano roll over {beats} beats. {voices}. It ends on {last}.", beats=beats, voices=t("; ").join(words), last=last
    )
