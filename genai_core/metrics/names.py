"""Measures of names: how many letters apart two are, the nearest of a list, and a judge of styles. numpy alone.

The distance is Damerau's (1964, Communications of the ACM 7(3)) in its restricted form, optimal string alignment: letters added,
left out, replaced, or two neighbours exchanged, no stretch changed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from genai_core.metrics.text import NGram

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ORDER = 3  # letters that the judge looks at together


class Near(NamedTuple):
    """``name`` of a list, ``letters`` apart; ``likeness``: 1 for the same name, 0 for one with nothing in common."""

    name: str
    letters: int
    likeness: float


class Listing:
    """Names to be held against others, sorted. ``distances(name) -> int (N,)``: letters between it and each of them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(sorted(set(names)))
        if not self.names:
            raise ValueError("a list without names")
        self._known = frozenset(self.names)
        self.lengths = np.array([len(name) for name in self.names])
        width = int(self.lengths.max())
        self._letters = np.array([[ord(c) for c in name.ljust(width)] for name in self.names], np.uint32)  # (N, width)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def distances(self, name: str) -> np.ndarray:
        n, width = self._letters.shape
        before = last = np.empty(0)
        row = np.broadcast_to(np.arange(width + 1), (n, width + 1)).copy()  # of the empty beginning of ``name``
        for i, letter in enumerate(name, 1):
            before, last, row = last, row, np.empty_like(row)
            row[:, 0] = i
            for j in range(1, width + 1):
                other = self._letters[:, j - 1]
                best = np.minimum(np.minimum(last[:, j], row[:, j - 1]) + 1, last[:, j - 1] + (other != ord(letter)))
                if i > 1 and j > 1:
                    swapped = (other == ord(name[i - 2])) & (self._letters[:, j - 2] == ord(letter))
                    best = np.where(swapped, np.minimum(best, before[:, j - 2] + 1), best)
                row[:, j] = best
        return row[np.arange(n), self.lengths]

    def nearest(self, name: str) -> Near:
        """By likeness, 1 - letters / length of the longer one; of equals the first of the alphabet."""
        apart = self.distances(name)
        likeness = 1 - apart / np.maximum(self.lengths, max(1, len(name)))
        at = int(likeness.argmax())
        return Near(self.names[at], int(apart[at]), float(likeness[at]))

    def beside(self, names: Sequence[str]) -> np.ndarray:
        """Whether some name of the list is at most one letter away; bool (names,)."""
        return np.array([name in self or not self._known.isdisjoint(around(name)) for name in names], bool)


def around(name: str) -> set[str]:
    """What one change makes of a name: a letter left out, added or replaced, or two neighbours exchanged."""
    parts = [(name[:i], name[i:]) for i in range(len(name) + 1)]
    found = {a + b[1:] for a, b in parts if b} | {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    return found | {a + c + b[k:] for a, b in parts for c in LETTERS for k in (0, 1)}


class Judge:
    """Which style a name is of: the one whose n-gram model gives it the fewest bits, all styles being as likely.

    It learns from names of its own and shares nothing with the models that it judges but the alphabet.
    """

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """``names``: those of each style."""
        self._models = [NGram(np.concatenate([_spelt(name) for name in own]), len(LETTERS) + 1, ORDER) for own in names]

    def bits(self, names: Sequence[str]) -> np.ndarray:
        """Bits of each name under each style, its end included; (names, styles)."""
        found = np.empty((len(names), len(self._models)))
        for i, name in enumerate(names):
            spelt = np.concatenate([_spelt(name), [0]])
            grams = np.lib.stride_tricks.sliding_window_view(spelt, ORDER)[: len(name) + 1]
            found[i] = [model.bits(grams).sum() for model in self._models]
        return found

    def styles(self, names: Sequence[str]) -> np.ndarray:
        """int (names,)."""
        return self.bits(names).argmin(1) if len(names) else np.zeros(0, int)


def _spelt(name: str) -> np.ndarray:
    """Two ends, then the letters: what a stream of names repeats."""
    return np.array([0] * (ORDER - 1) + [1 + LETTERS.index(c) for c in name])
