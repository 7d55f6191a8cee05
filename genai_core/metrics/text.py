"""Measures of texts as token ids: an n-gram model as baseline and judge, repetition, and what is shared with a text. numpy.

Bits are per symbol, base 2.
"""

from __future__ import annotations

import zlib

import numpy as np

BREAKS = "\n.!?;。"  # what ends a line of verse or a sentence


class NGram:
    """An interpolated n-gram model with Witten-Bell smoothing (Witten and Bell 1991; Chen and Goodman 1998, section 2.6).

    P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h)), where T(h) is the number of different symbols seen after h and h' is h
    without its first symbol; below the empty history stands the uniform distribution.
    """

    def __init__(self, tokens: np.ndarray, symbols: int, order: int = 5) -> None:
        base = symbols + 1  # one more symbol for what lies beyond the end
        if base**order >= 2**63:
            raise ValueError(f"{order} symbols out of {symbols} do not fit in 64 bits")
        self.symbols, self.order, self._base = symbols, order, base
        beyond = np.full(order - 1, symbols)
        grams, counts = np.unique(pack(np.concatenate([tokens, beyond]), base, order), return_counts=True)
        self._tables = []  # of one symbol, of two, ...; each shorter stretch is the beginning of a longer one
        for _ in range(order):
            inside = grams % base != symbols
            seen, times = grams[inside], counts[inside]
            histories, first = np.unique(seen // base, return_index=True)
            self._tables.insert(
                0, (seen, times, histories, np.add.reduceat(times, first), np.diff([*first, len(seen)]))
            )
            grams, first = np.unique(grams // base, return_index=True)
            counts = np.add.reduceat(counts, first)

    def bits(self, grams: np.ndarray) -> np.ndarray:
        """-log2 P of the last symbol of each row (N, order) given those before it; (N,)."""
        grams = np.asarray(grams, np.int64)
        p = np.full(len(grams), 1 / self.symbols)
        for k, (seen, counts, histories, totals, kinds) in enumerate(self._tables, 1):
            key = grams[:, -k:] @ self._base ** np.arange(k - 1, -1, -1, dtype=np.int64)
            c = _look_up(seen, counts, key)
            total, different = (_look_up(histories, values, key // self._base) for values in (totals, kinds))
            p = np.where(total > 0, (c + different * p) / np.maximum(total + different, 1), p)
        return -np.log2(p)

    def unseen(self, grams: np.ndarray) -> np.ndarray:
        """Whether each row (N, order) is a stretch that never occurs in the text; bool (N,)."""
        key = np.asarray(grams, np.int64) @ self._base ** np.arange(self.order - 1, -1, -1, dtype=np.int64)
        return _look_up(*self._tables[-1][:2], key) == 0

    def of(self, tokens: np.ndarray) -> np.ndarray:
        """Bits (..., T - order + 1) of the symbols of texts (..., T) that have a whole history."""
        windows = stretches(tokens, self.order)
        return self.bits(windows.reshape(-1, self.order)).reshape(windows.shape[:-1])


def stretches(tokens: np.ndarray, n: int) -> np.ndarray:
    """Every stretch of n tokens of texts (..., T): (..., T - n + 1, n)."""
    return np.lib.stride_tricks.sliding_window_view(tokens, n, -1)


def pack(tokens: np.ndarray, symbols: int, k: int) -> np.ndarray:
    """Every stretch of k tokens as one number to the base ``symbols``: int64 (N - k + 1,)."""
    tokens = np.asarray(tokens, np.int64)
    n = max(len(tokens) - k + 1, 0)
    key = np.zeros(n, np.int64)
    for i in range(k):
        key = key * symbols + tokens[i : i + n]
    return key


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value beside each wanted key, 0 where it is not among the sorted keys."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)


def unigram_bits(train: np.ndarray, heldout: np.ndarray, symbols: int) -> float:
    """Bits of the held-out text by the training text's frequencies, a half added to each."""
    counts = np.bincount(train, minlength=symbols) + 0.5
    return float(-np.log2(counts / counts.sum())[heldout].mean())


def repetition(samples: np.ndarray, n: int) -> float:
    """Share of the n-grams of a sample that it had before, averaged over samples (N, T)."""
    samples = np.asarray(samples)
    grams = [{tuple(row[i : i + n]) for i in range(len(row) - n + 1)} for row in samples.tolist()]
    return float(np.mean([1 - len(seen) / (samples.shape[1] - n + 1) for seen in grams]))


def lines(text: str, least: int = 1) -> list[str]:
    """The sentences or lines of verse of a text, at least so long, without the blanks around them."""
    found, start = [], 0
    for i, symbol in enumerate(text):
        if symbol in BREAKS:
            found.append(text[start : i + 1].strip(" \n\"'"))
            start = i + 1
    return [line for line in found if len(line) >= least]


class Index:
    """Finds the longest stretch that a line shares with a text: all stretches of ``k`` symbols sorted once, then extended."""

    def __init__(self, tokens: np.ndarray, symbols: int, k: int | None = None) -> None:
        self.k = k or (6 if symbols <= 128 else 3)
        self.tokens, self.symbols = np.asarray(tokens), symbols
        keys = pack(tokens, symbols, self.k)
        self._places = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys = keys[self._places]

    def longest(self, line: np.ndarray) -> tuple[int, int, int]:
        """(start in the line, length, start in the text) of the longest shared stretch; (0, 0, 0) if none has ``k`` symbols."""
        line = np.asarray(line)
        keys = pack(line, self.symbols, self.k)
        low, high = (np.searchsorted(self._keys, keys, side) for side in ("left", "right"))
        count = high - low
        if not count.sum():
            return 0, 0, 0
        start = np.repeat(np.arange(len(keys)), count)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        place = self._places[np.repeat(low, count) + within].astype(np.int64)
        length = self.k
        while True:
            on = (start + length < len(line)) & (place + length < len(self.tokens))
            on[on] = line[start[on] + length] == self.tokens[place[on] + length]
            if not on.any():
                return int(start[0]), length, int(place[0])
            start, place, length = start[on], place[on], length + 1


_kept: dict[tuple, object] = {}


def kept(make: type, tokens: np.ndarray, symbols: int):
    """``make(tokens, symbols)``, made once for each text."""
    key = (make, len(tokens), symbols, zlib.crc32(np.ascontiguousarray(tokens)))
    if key not in _kept:
        while len(_kept) >= 8:
            del _kept[next(iter(_kept))]
        _kept[key] = make(tokens, symbols)
    return _kept[key]
