"""What is real today in the field of each application, as data in ``content/claims.toml``: source, date, day of reading. Torch-free."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path

from genai_core.rows import Words, read

FILE = Path(__file__).parent / "content" / "claims.toml"


@dataclass(frozen=True)
class Claim:
    """A figure or a fact from elsewhere, in a sentence. ``application`` is a key of the registry."""

    key: str
    application: str
    says: Words
    source: Words
    url: str
    when: str  # of what is said: a year, a month or a day, in ISO 8601, as exactly as it is known
    as_of: datetime.date  # the day on which the source was read


@functools.cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the file. Raises DataError, which names the entry that is wrong."""
    return read(FILE, Claim, "claim")


def of(application: str) -> tuple[Claim, ...]:
    """Those of one application, in the order in which its page shows them; none for one that has none."""
    return tuple(claim for claim in claims() if claim.application == application)
