"""Our own small components: static JavaScript of ours, which takes JSON and sets every text as text."""

import json
import math
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

from genai_core.design import colour

HUES = {"point": "generated", "back": "training", "arrow": "heldout"}
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
_plane = st.components.v2.component(
    "genai_plane",
    html='<figure id="plane"><div class="stage"></div><div class="bar">'
    '<button type="button"></button><input type="range" min="0" max="1" step="0.01"><span></span></div></figure>',
    css=_read("plane.css"),
    js=_read("plane.js"),
)


def _packed(data: dict[str, Any]) -> bytes:
    """JSON for a component that unpacks it itself: given a dict, the framework walks it and encodes it twice at every run, and
    imports pandas where it holds a list or a dict."""
    return json.dumps(data).encode()


class Card(TypedDict):
    key: str
    title: str
    note: str
    image: str  # data URI, or "" for none
    text: str  # what a model wrote, instead of a picture, or ""
    alt: str
    role: str  # a class of cards.css: "recipe" or "failure"


class Group(TypedDict):
    label: str
    cards: list[Card]


class Panel(TypedDict, total=False):
    """One canvas of a plane. All places in thousandths, flat: x, y, x, y ...; lists of frames have one entry a frame."""

    title: str
    alt: str
    image: str  # data URI, drawn under everything
    back: list[int]  # still points
    points: list[list[int]]  # frames of points that move
    trails: bool  # draw the way they came
    arrows: list[list[int]]  # frames of x, y, u, v
    lines: list[list[list[int]]]  # frames of lines
    mark: list[int]  # one place with a cross


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
    return _cards(data=_packed(data), key=key, on_picked_change=lambda: None).picked


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
    return _film(data=_packed(data), key=key, on_at_change=lambda: None).at


_pad = st.components.v2.component(
    "genai_pad",
    html='<div id="pad"><canvas width="280" height="280" tabindex="0" role="application"></canvas>'
    '<div class="bar"><button type="button" id="undo"></button><button type="button" id="clear"></button></div><p></p></div>',
    css=_read("pad.css"),
    js=_read("pad.js"),
)
_map = st.components.v2.component(
    "genai_map",
    html='<div id="map"><div class="sea"><canvas id="sea" tabindex="0" role="application"></canvas>'
    '<div id="legend" role="group"></div></div><div class="side"><canvas id="decoded" class="shown" role="img"></canvas>'
    '<p id="dn"></p><canvas id="real" class="shown" role="img"></canvas><p id="rn"></p><p class="place"></p></div></div>',
    css=_read("map.css"),
    js=_read("map.js"),
)


def pad(*, labels: dict[str, str], key: str, fit: bool = True) -> list[int]:
    """A sheet to draw on. Returns 784 grey levels, [] for an empty sheet.

    ``labels``: sheet, undo, clear, hint. ``fit``: the drawing is scaled and centred as the digits of MNIST were.
    What comes from a browser is checked before it goes anywhere.
    """
    known = grey_levels(st.session_state.get(key, {}).get("pixels"))
    data = {"labels": labels, "name": key, "drawn": bool(known), "fit": fit}
    result = _pad(data=_packed(data), key=key, on_pixels_change=lambda: None)
    return grey_levels(result.pixels)


def grey_levels(sent: Any) -> list[int]:
    """784 grey levels, or [] for whatever else a browser may send."""
    fits = isinstance(sent, list) and len(sent) == 784
    fits = fits and all(type(value) in (int, float) and 0 <= value <= 255 for value in sent)
    return [int(value) for value in sent] if fits else []


def latent_map(data: dict[str, Any], *, key: str) -> tuple[float, float] | None:
    """A map of latent space (see map.js for ``data``). Returns the place that was just pinned."""
    return two_numbers(_map(data=_packed(data), key=key, on_pin_change=lambda: None).pin)


def two_numbers(sent: Any) -> tuple[float, float] | None:
    """A place, or None for whatever else a browser may send."""
    fits = isinstance(sent, list) and len(sent) == 2
    fits = fits and all(type(value) in (int, float) and math.isfinite(value) for value in sent)
    return (float(sent[0]), float(sent[1])) if fits else None


_scribe = st.components.v2.component(
    "genai_scribe",
    html='<figure id="scribe"><canvas role="img"></canvas><div class="bar">'
    '<button type="button"></button><input type="range" min="0"><span></span></div></figure>',
    css=_read("scribe.css"),
    js=_read("scribe.js"),
)


def scribe(
    pixels: bytes, chances: bytes, *, n: int, shape: Sequence[int], alt: str, labels: dict[str, str], key: str
) -> None:
    """Plays how ``n`` pictures were drawn pixel by pixel, in the browser. ``pixels`` (0 or 1) and ``chances`` (0 to 255) hold a
    byte a pixel, picture after picture. ``labels``: play, pause, pixel."""
    data = {
        "pixels": b64encode(pixels).decode("ascii"),
        "chances": b64encode(chances).decode("ascii"),
        "n": n,
        "shape": list(shape),
        "alt": alt,
        "labels": labels,
    }
    _scribe(data=_packed(data), key=key)


def plane(
    panels: Sequence[Panel],
    moments: Sequence[str],
    *,
    labels: dict[str, str],
    key: str,
    id: str,
    view: float = 1.25,
    seconds: float = 5.0,
    autoplay: bool = True,
    start: float = 1.0,
    pick: bool = False,
) -> tuple[int, int] | None:
    """Moving points on canvases side by side, played in the browser under one scrubber. Returns the place last clicked, in
    thousandths, where ``pick``.

    ``moments``: what the scrubber says along its way; a single one hides it. ``id``: what is shown; another begins anew.
    ``labels``: play, pause, scrub. ``start``: the share of the way to stand at when nothing plays.
    """
    data = {
        "id": id,
        "panels": list(panels),
        "moments": list(moments),
        "labels": labels,
        "view": view,
        "seconds": seconds,
        "autoplay": autoplay,
        "start": start,
        "pick": pick,
        "hues": {
            name: colour(concept, dark=True) for name, concept in HUES.items()
        },  # canvases are black in both themes
    }
    point = _plane(data=_packed(data), key=key, on_at_change=lambda: None, on_point_change=lambda: None).point
    return (int(point[0]), int(point[1])) if point else None


_keys = st.components.v2.component(
    "genai_keys",
    html='<div id="keys"><div class="tools" role="group"></div><div class="board" role="group"></div>'
    '<ol class="tune"></ol><div class="bar"></div><p></p></div>',
    css=_read("keys.css"),
    js=_read("keys.js"),
)
MOST_NOTES = 64
LENGTHS = (1, 2, 3, 4, 6, 8)  # of a note, in eighths


def keys(
    notes: Sequence[Sequence[int]],
    *,
    low: int,
    high: int,
    names: Sequence[str],
    lengths: Sequence[tuple[int, str, str]],
    labels: dict[str, str],
    key: str,
) -> list[list[int]]:
    """A piano from MIDI number ``low`` to ``high`` to play a melody on. Returns [[pitch or 0, eighths], ...] as last handed over, [] before.

    ``notes``: the melody that stands there at first. ``lengths``: (eighths, sign, what it is called). ``labels``: board, length, rest,
    undo, clear, hear, done, tune, hint.
    """
    known = melody(st.session_state.get(key, {}).get("notes"), low, high)
    data = {
        "notes": [list(note) for note in notes],
        "known": bool(known),
        "low": low,
        "high": high,
        "names": list(names),
        "lengths": [list(length) for length in lengths],
        "labels": labels,
        "most": MOST_NOTES,
        "name": key,
    }
    return melody(_keys(data=_packed(data), key=key, on_notes_change=lambda: None).notes, low, high)


_playhead = st.components.v2.component("genai_playhead", html="<span hidden></span>", js=_read("playhead.js"))


def playhead(*, within: str, roll: str, beats: float, tempo: float, hue: str, key: str) -> None:
    """A line over the chart whose key begins with ``roll``, while the audio in the container ``within`` plays: ``beats`` at ``tempo`` a
    minute, on an axis that shows a tenth of a beat more on both sides."""
    data = {"within": within, "roll": roll, "beats": beats, "tempo": tempo, "hue": hue}
    _playhead(data=_packed(data), key=key)


def melody(sent: Any, low: int, high: int) -> list[list[int]]:
    """Notes as a keyboard hands them over, or [] for whatever else a browser may send."""
    fits = isinstance(sent, list) and 1 <= len(sent) <= MOST_NOTES
    fits = fits and all(isinstance(note, list) and len(note) == 2 for note in sent)
    fits = fits and all(type(value) in (int, float) and float(value).is_integer() for note in sent for value in note)
    fits = fits and all((pitch == 0 or low <= pitch <= high) and length in LENGTHS for pitch, length in sent)
    return [[int(pitch), int(length)] for pitch, length in sent] if fits else []
