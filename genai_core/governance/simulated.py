"""Votes of people who do not exist, for a page that has no room yet: to be shown as simulated, never as a finding. Torch-free."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping

from genai_core.governance.spread import Spread, of

PEOPLE, SEED = 24, 6
# The weights of points 1 to 5 in each of two camps: those who have seen it happen, and those who have not.
CAMPS = {"likelihood": ((0, 1, 2, 5, 4), (2, 6, 4, 1, 0)), "impact": ((0, 1, 4, 5, 1), (0, 3, 5, 3, 0))}


def rounds(seed: int = SEED) -> tuple[Mapping[str, Spread], Mapping[str, Spread]]:
    """The spreads before and after a discussion: a third of the room has seen it happen; afterwards everybody else moves one point
    towards the median of that third, two times out of three."""
    rng = random.Random(seed)
    before, after = {}, {}
    for name, (seen, unseen) in CAMPS.items():
        camps = [place < PEOPLE // 3 for place in range(PEOPLE)]
        first = [rng.choices(range(1, 6), seen if camp else unseen)[0] for camp in camps]
        heard = statistics.median(value for value, camp in zip(first, camps, strict=True) if camp)
        second = [
            value if camp or rng.random() > 2 / 3 else value + (value < heard) - (value > heard)
            for value, camp in zip(first, camps, strict=True)
        ]
        before[name], after[name] = of(first), of(second)
    return before, after
