"""Intervals: pure functions on numbers, without torch."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def wilson(k: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The Wilson score interval of a share: ``k`` of ``n``, by default at 95 %.

    Wilson 1927, J. Am. Stat. Assoc. 22:209, as given in Newcombe 1998, Stat. Med. 17:857, method 3.
    """
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"{k} of {n} is no share")
    centre = (2 * k + z * z) / (2 * (n + z * z))
    half = z * math.sqrt(z * z + 4 * k * (1 - k / n)) / (2 * (n + z * z))
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)


def bootstrap(
    values: np.ndarray,
    rng: np.random.Generator,
    statistic: Callable[[np.ndarray], float] = np.mean,
    draws: int = 2000,
    level: float = 0.95,
) -> tuple[float, float]:
    """The percentile bootstrap interval of a statistic of ``values`` (N,) or (N, …), resampled along the first axis.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3. The statistics of this project are
    called as ``statistic(resampled)`` once a draw.
    """
    values = np.asarray(values)
    if len(values) < 2:
        raise ValueError("a bootstrap needs at least two values")
    drawn = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(draws)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
