"""What the article gets wrong, and what is often got wrong elsewhere: claim, right statement, source."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from genai_core.rows import Words, read

FILE = Path(__file__).parent / "corrections.toml"
KINDS = ("claim", "formula", "listing")


@dataclass(frozen=True)
class Correction:
    """``section`` of the article that says so, "" for a common misconception that is not the article's. ``claim`` is our
    paraphrase. ``live``: an address in the app that shows it. ``figure``: one that stands beside it on the page."""

    key: str
    kind: str
    title: Words
    claim: Words
    right: Words
    source: Words
    section: str = ""
    url: str = ""
    live: str = ""
    figure: str = ""


@functools.cache
def corrections() -> tuple[Correction, ...]:
    """In the order of the file. Raises DataError, which names the entry that is wrong."""
    return read(FILE, Correction, "correction")


def of_the_article() -> tuple[Correction, ...]:
    return tuple(row for row in corrections() if row.section)


def common() -> tuple[Correction, ...]:
    return tuple(row for row in corrections() if not row.section)
