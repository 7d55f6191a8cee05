"""How generative models came about: a row a work, each with an identifier."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from genai_core.article import identifiers
from genai_core.rows import Words, read

FILE = Path(__file__).parent / "timeline.toml"
LANES = ("autoregressive", "vae", "gan", "diffusion", "flow", "energy")


@dataclass(frozen=True)
class Moment:
    """``year`` of the first public version. ``live``: where the app shows it, "" where it does not."""

    key: str
    year: int
    lane: str  # of LANES
    name: str
    who: str
    what: Words
    arxiv: str = ""
    doi: str = ""
    live: str = ""

    @property
    def url(self) -> str:
        return identifiers.address(doi=self.doi, arxiv=self.arxiv)

    @property
    def cited(self) -> str:
        return identifiers.cited(doi=self.doi, arxiv=self.arxiv)


@functools.cache
def moments() -> tuple[Moment, ...]:
    """By year. Raises DataError, which names the entry that is wrong."""
    return tuple(sorted(read(FILE, Moment, "moment"), key=lambda moment: moment.year))
