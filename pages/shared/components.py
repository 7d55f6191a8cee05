"""Our own small components: static JavaScript of ours, which takes JSON and sets every text as text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

STATIC = Path(__file__).parent / "static"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


_visitor = st.components.v2.component("genai_visitor", js=_read("visitor.js"))
_cards = st.components.v2.component(
    "genai_cards", html='<div id="cards"></div>', css=_read("cards.css"), js=_read("cards.js")
)
_film = st.components.v2.component(
    "genai_film",
    html='<figure id="film"><img alt=""><div class="bar">'
    '<button type="button"></button><input type="range" min="0"><span></span></div></figure>',
    css=_read("film.css"),
    js=_read("film.js"),
)


class Card(TypedDict):
    key: str
    title: str
    note: str
    image: str  # data URI, or "" for none
    alt: str
    role: str  # a class of cards.css: "recipe" or "failure"


class Group(TypedDict):
    label: str
    cards: list[Card]


def visitor(language: str, found: bool) -> str:
    """The random token this browser keeps for itself; "" until it answered. Also sets the language of the page.

    ``found``: the page in the address exists, whatever a dialog of the framework says.
    """
    known = st.session_state.get("visitor", {}).get("token", "")
    result = _visitor(
        data={"lang": language, "known": known, "found": found}, key="visitor", on_token_change=lambda: None
    )
    return result.token or ""


def cards(groups: Sequence[Group], *, selected: str, label: str, key: str) -> str | None:
    """Rows of pictures to choose from. Returns the key of the card that was just clicked, else None."""
    data: dict[str, Any] = {"groups": list(groups), "selected": selected, "label": label}
    return _cards(data=data, key=key, on_picked_change=lambda: None).picked


def film(
    frames: Sequence[str],
    steps: Sequence[int],
    *,
    alt: str,
    labels: dict[str, str],
    key: str,
    autoplay: bool = False,
    loop: bool = False,
    quiet: bool = False,
    interval: int = 140,
    start: int | None = None,
) -> int | None:
    """Plays frames (data URIs) in the browser, without asking the server. ``labels``: play, pause, step.

    ``start``: the step to stand on, the last one by default. Returns the step the visitor let go of the scrubber at.
    """
    data = {
        "frames": list(frames),
        "steps": list(steps),
        "alt": alt,
        "labels": labels,
        "autoplay": autoplay,
        "loop": loop,
        "quiet": quiet,
        "interval": interval,
        "start": steps[-1] if start is None else start,
    }
    return _film(data=data, key=key, on_at_change=lambda: None).at
