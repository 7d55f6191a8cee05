"""A green-list mark in a text, and the test for it (Kirchenbauer et al. 2023, A Watermark for Large Language Models,
arXiv:2301.10226). numpy alone.

A key splits the alphabet anew after every symbol: a share gamma of it is green there. Whoever writes with the mark adds delta to
the logits of the green symbols; whoever has the key counts how many of the T pairs of neighbours end in a green symbol, |s|_G, and

    z = (|s|_G - gamma T) / sqrt(T gamma (1 - gamma))                                             their equation 3

would be standard normal for a text without the mark if the pairs were all different. Among letters they are not: "th" counts
each time it stands there, with the same colour each time. For a key drawn at random the colours of different pairs are (nearly)
independent, so that Var z = sum_i m_i^2 / T with m_i the repeats of pair i: 1 only where none repeats. Counted once each, the
pairs give a z whose variance is no larger than 1 (a little smaller, for each row has its exact share of green).
"""

from __future__ import annotations

import numpy as np

GAMMA = 0.5


def greens(key: int, symbols: int, gamma: float = GAMMA) -> np.ndarray:
    """Which symbols are green after each symbol: bool (V, V), round(gamma V) true ones a row. Equal keys, equal tables."""
    places = np.random.default_rng([key, symbols]).random((symbols, symbols)).argsort(1)
    table = np.zeros((symbols, symbols), bool)
    np.put_along_axis(table, places[:, : round(gamma * symbols)], True, 1)
    return table


def biased(logits: np.ndarray, green: np.ndarray, delta: float) -> np.ndarray:
    """The logits (n, V) that a marked text is drawn from: delta more where ``green`` (n, V) is true."""
    return logits + delta * green


def flags(tokens: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Whether each symbol of texts (..., T) but the first is green after the one before: bool (..., T - 1)."""
    return table[tokens[..., :-1], tokens[..., 1:]]


def first_time(tokens: np.ndarray) -> np.ndarray:
    """Whether each pair of neighbours of texts (..., T) stands there for the first time: bool (..., T - 1)."""
    pairs = _pairs(tokens)
    order = np.argsort(pairs, -1, kind="stable")
    ranked = np.take_along_axis(pairs, order, -1)
    new = np.ones(pairs.shape, bool)
    new[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    found = np.empty_like(new)
    np.put_along_axis(found, order, new, -1)
    return found


def _pairs(tokens: np.ndarray) -> np.ndarray:
    tokens = np.asarray(tokens, np.int64)
    return tokens[..., :-1] * (int(tokens.max()) + 1) + tokens[..., 1:]


def scores(tokens: np.ndarray, tables: np.ndarray, gamma: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """z of texts (N, T) under each of the tables (K, V, V): of every pair counted each time, and of every pair counted once;
    both float64 (N, K). ``gamma`` is the tables' own share of green unless given."""
    tables = np.asarray(tables)
    gamma = float(tables[0, 0].mean()) if gamma is None else gamma
    once = first_time(tokens)
    found = []
    for counted in (np.ones_like(once), once):
        green = np.stack([(flags(tokens, table) & counted).sum(1) for table in tables], 1)
        found.append(_z(green, counted.sum(1, keepdims=True), gamma))
    return found[0], found[1]


def _z(green: np.ndarray, total: np.ndarray, gamma: float) -> np.ndarray:
    green, total = green.astype(np.float64), total.astype(np.float64)
    return (green - gamma * total) / np.sqrt(np.maximum(total, 1) * gamma * (1 - gamma))


def variance(tokens: np.ndarray) -> np.ndarray:
    """Var z over random keys of texts (N, T) whose pairs are counted each time: sum m^2 / T, (N,)."""
    repeats = [np.unique(pairs, return_counts=True)[1] for pairs in _pairs(tokens)]
    return np.array([(m**2).sum() / m.sum() for m in repeats])


def threshold(real: np.ndarray, false_alarms: float = 0.01) -> float:
    """The z that a share of at most ``false_alarms`` of real texts (N,) exceeds."""
    real = np.sort(np.asarray(real, np.float64))[::-1]
    return float(real[int(np.floor(false_alarms * len(real)))])


def exchanged(
    tokens: np.ndarray, share: float, shares: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Texts (N, T) in which each symbol is exchanged with probability ``share`` for one drawn by the frequencies ``shares``
    (V,), and which were: bool (N, T). A symbol may be exchanged for itself. More is exchanged of the same as ``share`` grows."""
    place, other = rng.random(np.shape(tokens)), rng.choice(len(shares), np.shape(tokens), p=shares)
    return np.where(place < share, other, tokens), place < share
