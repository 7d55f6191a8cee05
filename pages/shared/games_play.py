"""A dozen levels in the page, one of them to be played: by keys, clicks or buttons. Static JavaScript of ours, JSON in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

from genai_core.design import colour

STATIC = Path(__file__).parent / "static"

_play = st.components.v2.component(
    "genai_play",
    html='<div id="play"><div class="left"><canvas class="board" tabindex="0" role="application"></canvas>'
    '<p class="hud"></p><p class="said" aria-live="polite"></p><p class="where" aria-live="polite"></p>'
    '<div class="pad" role="group"><button type="button">▲</button><button type="button">◀</button>'
    '<button type="button">▶</button><button type="button">▼</button></div>'
    '<div class="bar"><button type="button"></button><button type="button"></button></div></div>'
    '<div class="right"><p class="note"></p><div class="strip" role="group"></div></div></div>',
    css=(STATIC / "play.css").read_text(encoding="utf-8"),
    js=(STATIC / "play.js").read_text(encoding="utf-8"),
)


class Level(TypedDict):
    """``tiles``: 256 digits, row by row. ``path``: the places of a shortest way, empty where there is none. ``changed``: places
    that a repair has changed. ``note``: what a person is told of it."""

    tiles: str
    path: list[int]
    changed: list[int]
    note: str


def show(levels: Sequence[Level], *, id: str, picked: int, kept: int, t: Any, key: str) -> int:
    """The levels, the one at ``picked`` open. Returns the one that is open now. ``id``: what is shown; another begins anew.
    ``kept``: rows above the line, which were not drawn anew."""
    dark = st.context.theme.type == "dark"
    data = {
        "name": key,
        "id": id,
        "levels": list(levels),
        "picked": picked,
        "kept": kept,
        "hues": {"fine": colour("real", dark), "stuck": colour("risk", dark)},
        "words": words(t),
    }
    sent = _play(data=json.dumps(data).encode(), key=key, on_picked_change=lambda: None).picked
    return sent if type(sent) is int and 0 <= sent < len(levels) else picked


def words(t: Any) -> dict[str, Any]:
    """What the game says, in the reader's language; the game fills in the numbers in braces."""
    n, all_, least, row, column = "{n}", "{all}", "{least}", "{row}", "{column}"
    return {
        "board": t("Level {n} of a maze game. Walk with the arrow keys or W, A, S, D.", n=n),
        "card": t("Level {n}.", n=n),
        "strip": t("Twelve levels: choose one"),
        "steps": t("Steps: {n}", n=n),
        "shortest": t("shortest way: {n}", n=n),
        "key": t("key in hand"),
        "nokey": t("no key yet"),
        "treasure": t("treasure {n} of {all}", n=n, all=all_),
        "where": t("Row {row}, column {column}", row=row, column=column),
        "wall": t("A wall."),
        "water": t("Water: no way through."),
        "locked": t("The door is locked. Find the key."),
        "gotkey": t("You have the key: it opens every door."),
        "opened": t("The key turns, the door is open."),
        "found": t("Treasure!"),
        "won": t("Out! {n} steps; the shortest way takes {least}.", n=n, least=least),
        "best": t("Out! {n} steps: there is no shorter way.", n=n),
        "restart": t("Begin again"),
        "show": t("Show the shortest way"),
        "ways": [t("Up"), t("Left"), t("Right"), t("Down")],
    }
