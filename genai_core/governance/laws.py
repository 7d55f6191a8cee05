"""Laws and frameworks as data, and what of them is in force on a day. Torch-free, and pure but for reading the file once.

The dates are the instruments' own; "in force" and "upcoming" are never written by hand. No legal advice.
"""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genai_core.rows import STALE, Words, age, read

FILE = Path(__file__).parent / "laws.toml"
KINDS = ("law", "standard", "voluntary", "court")
TOPICS = ("copyright", "privacy", "misinformation", "ethics", "literacy", "security", "governance")

State = Literal["in force", "upcoming", "ended", "undated"]


@dataclass(frozen=True)
class Provision:
    """What one article asks. ``since`` and ``until``: the first and the last day on which it applies; None: not read, or open."""

    article: Words
    says: Words
    since: datetime.date | None = None
    until: datetime.date | None = None

    def state(self, today: datetime.date) -> State:
        """Of that day. A provision applies on its first day and on its last."""
        if self.since is None:
            return "undated"
        if today < self.since:
            return "upcoming"
        return "ended" if self.until and today > self.until else "in force"


@dataclass(frozen=True)
class Law:
    """An instrument. ``title`` in the reader's language, ``original`` as the document names itself."""

    key: str
    title: Words
    original: str
    kind: str  # of KINDS: binding, a standard, voluntary, or a ruling
    place: Words  # where it applies
    topics: tuple[str, ...]  # of TOPICS
    source: Words
    as_of: datetime.date  # the day on which it was read, or read about
    provisions: tuple[Provision, ...]
    url: str = ""  # of the instrument, a translation, or whoever published it; "" where none was found


@dataclass(frozen=True)
class Item:
    """A provision on a day."""

    provision: Provision
    state: State
    days: int | None  # until it applies, negative since; None where no date was read


@dataclass(frozen=True)
class Dated:
    """A law on a day: its provisions with their states, how old the reading is, whether it is due to be read again."""

    law: Law
    items: tuple[Item, ...]
    age: int
    stale: bool


@functools.cache
def instruments() -> tuple[Law, ...]:
    """Every instrument of the file. Raises DataError, which names the entry that is wrong."""
    return read(FILE, Law, "law")


def laws(today: datetime.date, known: tuple[Law, ...] | None = None) -> list[Dated]:
    """What is in force on a day, in the order of the file. ``known``: other instruments than those that ship."""
    found = []
    for law in instruments() if known is None else known:
        items = tuple(_item(provision, today) for provision in law.provisions)
        days = age(law.as_of, today)
        found.append(Dated(law, items, days, days > STALE))
    return found


def _item(provision: Provision, today: datetime.date) -> Item:
    days = None if provision.since is None else (provision.since - today).days
    return Item(provision, provision.state(today), days)


def coming(today: datetime.date) -> list[tuple[Law, Item]]:
    """What is not yet in force, the nearest first."""
    found = [(dated.law, item) for dated in laws(today) for item in dated.items if item.state == "upcoming"]
    return sorted(found, key=lambda pair: pair[1].days or 0)
