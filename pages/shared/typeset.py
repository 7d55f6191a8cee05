"""Text on the page: what a run wrote, and text with a number or a mark on each piece. Our own JavaScript sets it as text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import streamlit as st

STATIC = Path(__file__).parent / "static"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


_writing = st.components.v2.component(
    "genai_writing",
    html='<figure id="writing"><div class="sheet" tabindex="0"></div><div class="bar">'
    '<button type="button"></button><input type="range" min="0"><span class="step"></span></div></figure>',
    css=_read("writing.css"),
    js=_read("writing.js"),
)
_tinted = st.components.v2.component(
    "genai_tinted", html='<div id="tinted" role="group"></div>', css=_read("tinted.css"), js=_read("tinted.js")
)

# Text, share of full colour (negative: the other side), hue, what it says; then, if wanted, "under" or "boxed" or both.
Piece = tuple[str, float, str, str] | tuple[str, float, str, str, str]
Swatch = tuple[str, float, str] | tuple[str, float, str, str]  # name, share, hue, and again


class Row(TypedDict):
    badge: str  # "" for none
    hue: str  # of the badge
    pieces: list[Piece]


def writing(
    texts: Sequence[str],
    steps: Sequence[int],
    *,
    alt: str,
    labels: dict[str, str],
    key: str,
    typing: bool = False,
    interval: int = 400,
    start: int | None = None,
) -> int | None:
    """What a run wrote, a text a step, with a scrubber; a single text stands without one.

    ``typing``: the first line of each text is typed instead, one after another. ``labels``: play, pause, step. Returns the step
    the visitor let go of the scrubber at.
    """
    data = {
        "frames": list(texts),
        "steps": list(steps),
        "alt": alt,
        "labels": labels,
        "typing": typing,
        "interval": interval,
        "start": steps[-1] if start is None else start,
    }
    return _writing(data=json.dumps(data).encode(), key=key, on_at_change=lambda: None).at


def tinted(rows: Sequence[Row], *, label: str, key: str, legend: Sequence[Swatch] = (), read: str = "") -> None:
    """Rows of text with a background a piece.

    ``read``: how to ask what a piece says, in a sentence; the answer takes its place. Without it, pieces say nothing.
    """
    data = {"rows": list(rows), "label": label, "legend": [list(swatch) for swatch in legend], "read": read}
    _tinted(data=json.dumps(data).encode(), key=key)
