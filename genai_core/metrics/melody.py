"""Measures of music in voices: what is shared with other pieces note for note, what sounds together, what counting foretells.

A line is (pitch, length) after another, 0 for a rest; see genai_core.datasets.chorales. Numpy alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from genai_core.datasets.chorales import FIRST, SIZES, is_note, voice_of

Line = Sequence[tuple[int, int]]
BREAK = -(10**6)  # a step that no other equals
WIDE, LONG = 64, 256  # semitones and lengths that a step's code has room for
CHORDS = tuple(
    frozenset((root + tone) % 12 for tone in tones)
    for tones in ((0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11), (0, 3, 6, 10), (0, 3, 6, 9))
    for root in range(12)
)  # fmt: skip


class Run(NamedTuple):
    """The longest run of notes that a line shares with a library: ``notes`` of them, from note ``start`` (rests counted) of voice
    ``voice``, as from note ``there`` of voice ``source_voice`` of piece ``source``."""

    notes: int
    voice: int
    start: int
    source: int
    source_voice: int
    there: int


# --- original or copied ----------------------------------------------------------------------------------------------


def steps(line: Line) -> list[int]:
    """From each note to the next: interval and the first one's length as one number, the same at every pitch. A step to or
    from a rest is a break."""
    return [
        (b - a + WIDE) * LONG + min(length, LONG - 1) if a and b else BREAK
        for (a, length), (b, _) in zip(line, line[1:], strict=False)
    ]


class Library:
    """Lines to be looked for: (piece, voice, line) each."""

    def __init__(self, lines: Iterable[tuple[int, int, Line]]) -> None:
        codes, self.places = [np.zeros(0, np.int64)], []
        for piece, voice, line in lines:
            own = [*steps(line), BREAK]
            codes.append(np.array(own, np.int64))
            self.places += [(piece, voice, i) for i in range(len(own))]
        self.codes = np.concatenate(codes).astype(np.int32)

    def shared(self, line: Line) -> np.ndarray:
        """For each note of the line how many notes (len(line), N) in a row, up to it, are those up to a place of the library:
        equal intervals, and equal lengths of all but the last. 1 where only the note itself is."""
        best = np.ones((len(line), 2), np.int64)
        best[:, 1] = -1
        for i, run in enumerate(self._runs(line)):
            place = int(run.argmax())
            if run[place]:
                best[i + 1] = run[place] + 1, place
        return best

    def _runs(self, line: Line) -> Iterator[np.ndarray]:
        """After each step of the line: how many steps in a row, up to it, are those up to each place of the library, int16 (N,)."""
        run = np.zeros(len(self.codes) + 1, np.int16)
        for step in steps(line):
            run[1:] = (run[:-1] + 1) * (self.codes == step) if step != BREAK else 0
            yield run[1:]

    def longest(self, voices: Sequence[Line]) -> Run:
        """The longest run of any of the voices; the first of equals. A piece without two notes shares a run of at most one."""
        found = Run(0, 0, 0, -1, 0, 0)
        for voice, line in enumerate(voices):
            if found.notes == 0 and any(pitch for pitch, _ in line):
                found = Run(1, voice, 0, -1, 0, 0)
            best = self.shared(line)
            end = int(best[:, 0].argmax()) if len(best) else 0
            if len(best) and best[end, 0] > max(found.notes, 1):
                notes, place = (int(n) for n in best[end])
                piece, source_voice, last = self.places[place]
                found = Run(notes, voice, end - notes + 1, piece, source_voice, last - notes + 2)
        return found

    def sharing(self, line: Line, notes: int) -> set[int]:
        """The pieces that share a run of at least so many notes with a line."""
        found: set[int] = set()
        for run in self._runs(line):
            found |= {self.places[i][0] for i in np.flatnonzero(run >= notes - 1)}
        return found


# --- what sounds together --------------------------------------------------------------------------------------------


def sounding(line: Line) -> np.ndarray:
    """The pitch on each unit of time, 0 in a rest."""
    return np.repeat([pitch for pitch, _ in line], [length for _, length in line])


def chords(voices: Sequence[Line], beat: int = 2) -> float:
    """The share of beats on which the voices sound a triad or a seventh chord, or part of one."""
    grid = np.stack([sounding(line) for line in voices])[:, ::beat]
    fits = [any({p % 12 for p in column if p} <= chord for chord in CHORDS) for column in grid.T.tolist()]
    return float(np.mean(fits)) if fits else 0.0


# --- what counting foretells -----------------------------------------------------------------------------------------


class Counts:
    """Every voice by itself: each symbol given the voice's last ``back`` ones, with ``prior`` spread over the shorter history's."""

    def __init__(self, tokens: np.ndarray, back: int, prior: float = 1.0) -> None:
        self.back, self.prior = back, prior
        self.tables = []  # of each voice and length of history: how often each history, how often each symbol after it
        for voice, size in enumerate(SIZES):
            own = (tokens[voice_of(tokens) == voice] - FIRST[voice]).astype(np.int64)
            pairs = (_codes(own, n, size) for n in range(back + 1))
            self.tables.append([(_Tally(history), _Tally(history * size + symbol)) for history, symbol in pairs])

    def bits(self, tokens: np.ndarray) -> np.ndarray:
        """Bits of each symbol (N,); those of no voice take none."""
        found = np.zeros(len(tokens))
        for voice, size in enumerate(SIZES):
            places = np.flatnonzero(voice_of(tokens) == voice)
            own = (tokens[places] - FIRST[voice]).astype(np.int64)
            p = np.full(len(own), 1 / size)
            for n, (histories, both) in enumerate(self.tables[voice][: len(own)]):
                history, symbol = _codes(own, n, size)
                p[n:] = (both(history * size + symbol) + self.prior * p[n:]) / (histories(history) + self.prior)
            found[places] = -np.log2(p)
        return found


def _codes(own: np.ndarray, n: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The n symbols before each place from the n-th on as one number, and the symbol there."""
    history = np.zeros(max(0, len(own) - n), np.int64)
    for k in range(n):
        history = history * size + own[k : len(own) - n + k]
    return history, own[n:]


class _Tally:
    """How often each number occurred."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.known, self.counts = np.unique(numbers, return_counts=True)

    def __call__(self, asked: np.ndarray) -> np.ndarray:
        if not len(self.known):
            return np.zeros(len(asked))
        at = np.minimum(np.searchsorted(self.known, asked), len(self.known) - 1)
        return np.where(self.known[at] == asked, self.counts[at], 0)


def a_note(bits: np.ndarray, tokens: np.ndarray) -> float:
    """Bits a note: all that the symbols of a piece or of many take, shared among the notes that begin."""
    return float(bits.sum() / max(1, is_note(tokens).sum()))
