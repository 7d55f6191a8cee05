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


def student_cdf(t: float, df: int) -> float:
    """P(T <= t) of Student's t with ``df`` whole degrees of freedom: the finite sums of Abramowitz and Stegun 26.7.3-4."""
    if df < 1:
        raise ValueError("degrees of freedom begin at 1")
    theta = math.atan(abs(t) / math.sqrt(df))
    sine, square = math.sin(theta), math.cos(theta) ** 2
    if df % 2:
        term, total = math.cos(theta), 0.0
        for k in range(3, df + 1, 2):
            total += term
            term *= square * (k - 1) / k
        inside = 2 / math.pi * (theta + sine * total)
    else:
        term, total = 1.0, 0.0
        for k in range(2, df + 1, 2):
            total += term
            term *= square * (k - 1) / k
        inside = sine * total
    return 0.5 + math.copysign(inside / 2, t)


def student_quantile(p: float, df: int) -> float:
    """The ``p``-quantile of Student's t, by bisection."""
    if not 0 < p < 1:
        raise ValueError("a quantile lies strictly between 0 and 1")
    high = 1.0
    while student_cdf(high, df) < max(p, 1 - p):
        high *= 2
    low = 0.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student_cdf(middle, df) < max(p, 1 - p) else (low, middle)
    return math.copysign((low + high) / 2, p - 0.5)


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Student's interval of the mean of ``values`` (N,), each from a replicate of its own."""
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        raise ValueError("an interval needs at least two replicates")
    half = student_quantile((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def above(values: np.ndarray, null: float) -> float:
    """The p-value of "the mean is no larger than ``null``": a one-sided t-test over replicates."""
    values = np.asarray(values, np.float64)
    error = values.std(ddof=1) / math.sqrt(len(values))
    if error == 0:
        return 0.0 if values.mean() > null else 1.0
    return 1 - student_cdf((values.mean() - null) / error, len(values) - 1)


def equivalent(values: np.ndarray, null: float, margin: float) -> float:
    """The p-value of "the mean lies outside ``null`` plus or minus ``margin``": two one-sided tests (Schuirmann 1987,
    J. Pharmacokinet. Biopharm. 15:657). Below .025 exactly if the 95 % interval lies inside."""
    values = np.asarray(values, np.float64)
    return max(above(values, null - margin), above(-values, -(null + margin)))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Adjusted p-values that hold for the whole family (Holm 1979, Scand. J. Stat. 6:65)."""
    adjusted, worst = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = worst
    return {name: adjusted[name] for name in p_values}


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The area under the ROC curve of scores (N,) and (M,), ties counted half: the Mann-Whitney statistic over NM."""
    positive, negative = np.asarray(positive, np.float64), np.sort(np.asarray(negative, np.float64))
    if not len(positive) or not len(negative):
        raise ValueError("both groups need scores")
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.sum() / (2 * len(positive) * len(negative)))


def rate_at(positive: np.ndarray, negative: np.ndarray, false_alarms: float) -> float:
    """The share of ``positive`` scores above the threshold that at most ``false_alarms`` of ``negative`` ones exceed."""
    negative = np.sort(np.asarray(negative, np.float64))[::-1]
    allowed = math.floor(false_alarms * len(negative))
    if allowed >= len(negative):
        return 1.0
    return float((np.asarray(positive) > negative[allowed]).mean())
