"""What a visitor asks of the marketing page: names, a name of their own held against the lists, products, a poster. Not a plug-in.

What a visitor types goes into the one poster or the one check that was asked for, and is kept nowhere.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np

from genai_core import incoming, posters
from genai_core.contracts import N_
from genai_core.datasets import names
from genai_core.errors import ConfigError, DataError
from genai_core.looks import Answer, Learned, bounded, learned
from genai_core.metrics.names import Listing, Near
from genai_core.runs.spec import check_seed, number
from genai_core.training import stream

NAMER, DRAWER = "names-five", "flow-clothes"
BATCH, ROUNDS = 10, 8  # names that are shown, rounds until the filter gives up
PRODUCTS = 8
LONGEST_NAME, LONGEST_LINE = 14, 60  # characters that a visitor may type
DRAWN = {"guidance": 2.0, "evaluations": 20}  # clearer outlines than the recipe's .75
ALIKE = 0.8  # likeness from which a name is called similar


@functools.lru_cache(maxsize=1)
def lists() -> tuple[Listing, Listing]:
    """The names that the shipped model has read, and the brands."""
    return Listing(names.decode(names.load().train)), Listing(names.brands())


def found_near(word: str) -> dict[str, Any]:
    """A name with the nearest one of each list, and what to say of it: "same", "close" (a letter, or four fifths alike) or ""."""
    read, brands = (known.nearest(word) for known in lists())
    return {"name": word, "read": _told(read), "brand": _told(brands)}


def _told(near: Near) -> dict[str, Any]:
    close = near.letters <= 1 or near.likeness >= ALIKE
    return near._asdict() | {"warning": "same" if not near.letters else "close" if close else ""}


def make_names(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``style`` (a place in ``STYLES``), ``seed``, ``temperature``, ``filter``: whether names that are the same as or close to a known
    one are drawn again. Ten names as :func:`found_near` tells them, and how many were drawn for them."""
    found = _model(store, NAMER)
    style, seed = bounded(params, "style", 0, 0, len(names.STYLES) - 1), check_seed(params.pop("seed", 1))
    temperature, strict = _warmth(params), params.pop("filter", False)
    if not isinstance(strict, bool):
        raise ConfigError(N_("{name} must be on or off."), name="filter")
    _no_more(params)
    kept: dict[str, dict[str, Any]] = {}
    drawn = 0
    for turn in range(ROUNDS):
        rng = stream(seed, f"names {turn}")
        for word in names.decode(found.model.sample(2 * BATCH, rng, label=str(style), temperature=temperature)):
            if len(kept) == BATCH:
                break
            drawn += 1
            if word not in kept:
                told = found_near(word)
                if not strict or not (told["read"]["warning"] or told["brand"]["warning"]):
                    kept[word] = told
        if len(kept) == BATCH:
            break
    return {
        "names": list(kept.values()),
        "drawn": drawn,
        "read": len(lists()[0].names),
        "brands": len(lists()[1].names),
    }, {}


def check_name(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``name``: what a visitor typed, held against both lists by its letters a to z, without marks. Without any such letter it
    cannot be checked, and ``read`` and ``brand`` are None."""
    word = typed_name(params.pop("name", ""))
    _no_more(params)
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if c in names.VOCABULARY[1:])
    return (found_near(plain) if plain else {"name": word, "read": None, "brand": None}), {}


def products(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``product`` (a place among the ten kinds), ``seed``. Arrays: ``products`` uint8 (8, 28, 28)."""
    kind, seed = bounded(params, "product", 9, 0, 9), check_seed(params.pop("seed", 1))
    _no_more(params)
    return {}, {"products": _products(_model(store, DRAWER), kind, seed)}


def poster(store: Any, params: dict[str, Any], files: Mapping[str, Any]) -> Answer:
    """``name``, ``slogan`` and ``note``; ``product``, ``seed`` and ``pick``: which of the eight; ``layout``, ``palette``,
    ``language`` of the label. The PNG as ``file``, and the label that was read back from it."""
    name, slogan = typed_name(params.pop("name", "")), _line(params.pop("slogan", ""))
    note = _line(params.pop("note", ""))
    kind, pick = bounded(params, "product", 9, 0, 9), bounded(params, "pick", 0, 0, PRODUCTS - 1)
    seed = check_seed(params.pop("seed", 1))
    layout, palette = _one(params, "layout", posters.LAYOUTS), _one(params, "palette", posters.PALETTES)
    language = _one(params, "language", {"zh": "", "en": ""})
    _no_more(params)
    product = _products(_model(store, DRAWER), kind, seed)[pick]
    number_of = hashlib.sha256(repr((name, slogan, note, kind, seed, pick, layout, palette, language)).encode()).hexdigest()[:16]
    data = posters.saved(posters.compose(product, name, slogan, note, layout, palette, language), number_of)
    label = posters.aigc_label.read(data)
    lacking = sorted({c for c in name.upper() + slogan if c not in posters.fonts.covered()})
    return {"label": label, "bytes": len(data), "lacking": "".join(lacking[:8])}, {
        "file": np.frombuffer(data, np.uint8)
    }


def _products(found: Learned, kind: int, seed: int) -> np.ndarray:
    return found.plain(found.sample(PRODUCTS, seed, {"label": str(kind), **DRAWN}))


def _model(store: Any, preset: str) -> Learned:
    return learned(store.open(store.gallery_index()[preset]))


def typed_name(words: Any) -> str:
    """What a visitor calls it: one line of at most 14 characters. UserErrors."""
    return " ".join(incoming.text(_string(words), LONGEST_NAME).split())


def _line(words: Any) -> str:
    """A line on the poster, at most 60 characters; it may be empty. UserErrors."""
    words = _string(words)
    return " ".join(incoming.text(words, LONGEST_LINE).split()) if words.strip() else ""


def _string(words: Any) -> str:
    if not isinstance(words, str):
        raise DataError(N_("The text is empty."))
    return words


def _one(params: dict[str, Any], name: str, known: Mapping[str, Any]) -> str:
    value = str(params.pop(name, next(iter(known))))
    if value not in known:
        raise ConfigError(
            N_("{name} cannot be {value}. Choose one of: {allowed}."),
            name=name,
            value=value[:40],
            allowed=", ".join(known),
        )
    return value


def _warmth(params: dict[str, Any]) -> float:
    value = number("temperature", params.pop("temperature", 0.8))
    if not 0 <= value <= 2:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="temperature", low=0, high=2)
    return value


def _no_more(params: Mapping[str, Any]) -> None:
    if params:
        raise ConfigError(N_("There is no setting called {name} here."), name=str(next(iter(params)))[:40])


LOOKS = {"names": make_names, "check": check_name, "products": products, "poster": poster}
