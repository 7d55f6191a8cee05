"""Books, courses, papers and tools, with identifiers that last, and a mark where nothing of that title could be found."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path

from genai_core.article import identifiers
from genai_core.rows import Words, read

FILE = Path(__file__).parent / "library.toml"
KINDS = ("book", "course", "paper", "tool")


@dataclass(frozen=True)
class Work:
    """``title`` as the work has it. ``section`` of the article that names it, "" where it does not.

    ``verified``: a work of exactly this title was found, in ``checked``, on ``as_of``. ``gloss``: the title in other languages.
    """

    key: str
    kind: str
    title: str
    verified: bool
    checked: Words
    as_of: datetime.date
    gloss: Words | None = None
    why: Words | None = None
    who: str = ""
    year: int | None = None
    section: str = ""
    isbn: str = ""
    doi: str = ""
    arxiv: str = ""
    url: str = ""

    @property
    def address(self) -> str:
        return identifiers.address(doi=self.doi, arxiv=self.arxiv, url=self.url)

    @property
    def cited(self) -> str:
        return identifiers.cited(doi=self.doi, arxiv=self.arxiv, isbn=self.isbn)


@functools.cache
def works() -> tuple[Work, ...]:
    """Every work. Raises DataError, which names the entry that is wrong."""
    return read(FILE, Work, "work")
