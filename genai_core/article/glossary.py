"""The terms of the field, each in a sentence or two, in every language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from genai_core.rows import Words, read, say

FILE = Path(__file__).parent / "glossary.toml"
TOPICS = ("model", "training", "measure", "text", "image", "risk", "law")


@dataclass(frozen=True)
class Term:
    """``see``: keys of other terms. ``live``: where in the app it can be seen, an address with its query, "" for nowhere."""

    key: str
    term: Words
    says: Words
    topic: str
    see: tuple[str, ...] = ()
    live: str = ""


@functools.cache
def terms() -> Mapping[str, Term]:
    """Every term by key. Raises DataError, which names the entry that is wrong."""
    return MappingProxyType({term.key: term for term in read(FILE, Term, "term")})


def search(wish: str, language: str, most: int = 200) -> list[Term]:
    """Terms that a few typed words are about: those named so first, then those that speak of it. An empty wish finds all."""
    wanted = wish.casefold().split()[:8]
    named, spoken = [], []
    for term in sorted(terms().values(), key=lambda term: say(term.term, language).casefold()):
        name = " ".join((term.key, *term.term.values())).casefold()
        text = f"{name} {say(term.says, language)}".casefold()
        if all(word in name for word in wanted):
            named.append(term)
        elif all(word in text for word in wanted):
            spoken.append(term)
    return (named + spoken)[:most]
