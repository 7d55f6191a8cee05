"""What others say of an experiment's subject, as data in ``content/claims.toml``: source, date, day of reading. Torch-free.

For an application that is what is real in its field today; for a risk, published figures, which stand beside ours and are never mixed with them.
"""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genai_core import rows
from genai_core.rows import Words

FILE = Path(__file__).parent / "content" / "claims.toml"


@dataclass(frozen=True)
class Claim:
    """A figure or a fact from elsewhere, in a sentence. ``about`` is a key of the registry: an application or a risk."""

    key: str
    about: str
    says: Words
    source: Words
    url: str
    as_of: datetime.date  # the day on which the source was read
    when: str = ""  # of what is said: a year, a month or a day, in ISO 8601, as exactly as it is known; "" where the source bears none

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "says": dict(self.says), "source": dict(self.source), "as_of": self.as_of.isoformat()}


@functools.cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the file. Raises DataError, which names the entry that is wrong."""
    return rows.read(FILE, Claim, "claim")


def of(experiment: str) -> tuple[Claim, ...]:
    """Those about one application or risk, in the order in which its page shows them; none for one that has none."""
    return tuple(claim for claim in claims() if claim.about == experiment)


def dated(when: str, as_of: datetime.date, today: datetime.date, t: Any) -> str:
    """Of when a claim is and on which day it was read, in the reader's language, with a warning where that is long ago."""
    return f"{t('dated {date}', date=when) if when else t('undated')} · {rows.dated(as_of, today, t)}"
