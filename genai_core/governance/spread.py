"""How votes on a five-point scale lie: counts, median, quartiles, and who lies far out. Pure functions, torch-free.

The points are ordinal: nothing here takes their mean.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genai_core.governance.rating import POINTS

FAR = 2  # points from the median from which somebody is asked to speak first


@dataclass(frozen=True)
class Spread:
    """``counts[k]``: votes for point k + 1. ``median``, ``low`` and ``high`` (the quartiles) are None where nobody voted.
    ``below`` and ``above``: votes at least two points under and over the median. ``abstained`` is not among the votes."""

    counts: tuple[int, ...]
    abstained: int
    n: int
    median: float | None
    low: float | None
    high: float | None
    below: int
    above: int

    @property
    def width(self) -> float | None:
        """The interquartile range in points, None where nobody voted."""
        return None if self.low is None or self.high is None else self.high - self.low


def spread(votes: Mapping[int | None, int]) -> Spread:
    """``votes``: how often each point was chosen; None stands for an abstention.

    Quartiles by linear interpolation between order statistics (Hyndman and Fan 1996, The American Statistician 50:361, type 7).
    ValueError for a point off the scale.
    """
    if set(votes) - {None, *POINTS}:
        raise ValueError(f"{sorted(map(str, votes))} holds a point off the scale")
    counts = tuple(votes.get(point, 0) for point in POINTS)
    values = [point for point, count in zip(POINTS, counts, strict=True) for _ in range(count)]
    if not values:
        return Spread(counts, votes.get(None, 0), 0, None, None, None, 0, 0)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    below, above = sum(v <= median - FAR for v in values), sum(v >= median + FAR for v in values)
    return Spread(counts, votes.get(None, 0), len(values), float(median), float(low), float(high), below, above)


def far(value: int | None, found: Spread) -> bool:
    """Whether a vote lies so far from the median that its voter is asked to speak first."""
    return value is not None and found.median is not None and abs(value - found.median) >= FAR


def cautious(found: Spread) -> int | None:
    """The median as a whole point for a register that knows only those: between two points, the higher one."""
    return None if found.median is None else -int(-found.median // 1)


def of(values: Sequence[int | None]) -> Spread:
    """The spread of votes given one by one."""
    return spread({value: values.count(value) for value in values})
