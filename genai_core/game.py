"""Twenty pictures to tell apart: dealing them, and what the answers come to. Torch-free, no page."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genai_core.metrics.signal import chance_band, d_prime
from genai_core.metrics.statistics import wilson

KINDS = ("real", "generated", "copied")
DEALT = {"real": 8, "generated": 6, "copied": 6}
TRIALS = sum(DEALT.values())


def deal(bank: Mapping[str, Sequence[Any]], number: int) -> list[int]:
    """Which of the bank's pictures (``kinds``, ``families``, ``copy_of``) are shown, in which order. Equal numbers deal equally.

    Generated ones come from every family alike; no two copies of one picture while there are others.
    """
    rng = random.Random(number)
    chosen: list[int] = []
    for kind, n in DEALT.items():
        groups: dict[Any, list[int]] = {}
        for i, (found, family, of) in enumerate(zip(bank["kinds"], bank["families"], bank["copy_of"], strict=True)):
            if found == kind:
                groups.setdefault(of if kind == "copied" else family, []).append(i)
        for group in groups.values():
            rng.shuffle(group)
        order = list(groups.values())
        rng.shuffle(order)
        turns = [i for place in range(max(map(len, order))) for group in order for i in group[place : place + 1]]
        chosen += turns[:n]
    rng.shuffle(chosen)
    return chosen


@dataclass(frozen=True)
class Score:
    """What answers come to. ``band`` is where guessing among three leaves 95 % of players; of two, machine or not, ``coin``."""

    right: int
    n: int
    band: tuple[int, int]
    two: int  # right on machine-made or real alone
    coin: tuple[int, int]
    hits: int  # machine-made, and called generated or copied
    made: int
    alarms: int  # real, and called so
    real: int
    d: float
    kinds: dict[str, tuple[int, int]]  # right, of how many

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of the share right, at 95 %."""
        return wilson(self.right, self.n)


def score(truth: Sequence[str], counts: Sequence[Sequence[int]]) -> Score:
    """Of pictures with their true kinds: ``counts[picture][answer]``, answers in the order of KINDS; one answer a picture for a
    single player, many for a room. There must be at least one answer."""
    right = made = hits = real = alarms = n = 0
    kinds = {kind: (0, 0) for kind in KINDS}
    for kind, given in zip(truth, counts, strict=True):
        total, named = sum(given), given[KINDS.index(kind)]
        n, right = n + total, right + named
        kinds[kind] = (kinds[kind][0] + named, kinds[kind][1] + total)
        if kind == "real":
            real, alarms = real + total, alarms + total - given[0]
        else:
            made, hits = made + total, hits + total - given[0]
    two = hits + real - alarms
    return Score(
        right, n, chance_band(n, 1 / len(KINDS)), two, chance_band(n, 1 / 2), hits, made, alarms, real,
        d_prime(hits, made, alarms, real), kinds,
    )  # fmt: skip


def one(answers: Sequence[str]) -> list[list[int]]:
    """The counts of a single player's answers."""
    return [[int(answer == kind) for kind in KINDS] for answer in answers]
