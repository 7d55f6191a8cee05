"""Two posters, two rates: what a test can tell. numpy and ``statistics`` alone.

A *lift* is what B's rate is over A's, less one. Every rate comes from whoever asks; nothing here knows one.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from genai_core.metrics.statistics import wilson

NORMAL = NormalDist()


class Compared(NamedTuple):
    """Rates of A and B; B less A with its interval; the lift with its interval, None where a rate of nought leaves none."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None


def compared(clicks_a: int, viewers_a: int, clicks_b: int, viewers_b: int, level: float = 0.95) -> Compared:
    """The difference by Newcombe's hybrid score interval (Newcombe 1998, Stat. Med. 17:873, method 10), the ratio by the same
    two Wilson intervals (MOVER-R: Donner and Zou 2012, Stat. Methods Med. Res. 21:347, equation 9), so that both leave out no effect or neither
    does. ValueError for counts that are no share."""
    z = NORMAL.inv_cdf((1 + level) / 2)
    (low_a, high_a), (low_b, high_b) = wilson(clicks_a, viewers_a, z), wilson(clicks_b, viewers_b, z)
    a, b = clicks_a / viewers_a, clicks_b / viewers_b
    low = b - a - math.hypot(b - low_b, high_a - a)
    high = b - a + math.hypot(high_b - b, a - low_a)
    if not clicks_a or not clicks_b:
        return Compared(a, b, b - a, low, high, None, None, None)
    least, most = _ratio(a, b, high_a, low_b), 1 / _ratio(b, a, high_b, low_a)
    return Compared(a, b, b - a, low, high, b / a - 1, least - 1, most - 1)


def _ratio(a: float, b: float, high_a: float, low_b: float) -> float:
    """The smaller R with (b - R a)^2 = (b - low_b)^2 + R^2 (high_a - a)^2, in a form that divides by nothing small."""
    product, lower = a * b, low_b * (2 * b - low_b)
    return lower / (product + math.sqrt(max(0.0, product * product - high_a * (2 * a - high_a) * lower)))


def needed(rate: float, other: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Viewers that each poster needs, so that a two-sided test at ``alpha`` sees ``other`` against ``rate`` with chance ``power``.

    n = (z_(1-alpha/2) sqrt(2 p q) + z_power sqrt(p1 q1 + p2 q2))^2 / (p1 - p2)^2, p the mean of both, q = 1 - p (Fleiss, Levin and
    Paik 2003, Statistical Methods for Rates and Proportions, chapter 4, without correction for continuity). ValueError where the
    rates are equal or no rates.
    """
    if not (0 < rate < 1 and 0 < other < 1) or rate == other:
        raise ValueError("two different rates between 0 and 1")
    middle = (rate + other) / 2
    apart = NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(2 * middle * (1 - middle))
    seen = NORMAL.inv_cdf(power) * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil(((apart + seen) / (rate - other)) ** 2)


class Repeated(NamedTuple):
    """Of many tests alike: the share in which the worse poster looked better (a draw counts half), that in which the interval
    left nought out, and the mean lift that the latter reported (None: there were none)."""

    wrong: float
    clear: float
    reported: float | None


def repeated(rate: float, other: float, viewers: int, seed: int, tests: int = 4000) -> Repeated:
    """Draw the same test ``tests`` times, ``viewers`` for each poster. What is clear is said by a pooled z-test at 5 %.

    That what passes a small test overstates: Gelman and Carlin 2014, Perspect. Psychol. Sci. 9:641.
    """
    rng = np.random.default_rng(seed)
    a, b = rng.binomial(viewers, rate, tests) / viewers, rng.binomial(viewers, other, tests) / viewers
    better = np.sign(other - rate)
    wrong = float(np.mean((np.sign(b - a) == -better) + 0.5 * (a == b)))
    pooled = (a + b) / 2
    error = np.sqrt(np.maximum(2 * pooled * (1 - pooled) / viewers, 1e-300))
    clear = np.abs(b - a) > NORMAL.inv_cdf(0.975) * error
    told = clear & (a > 0)
    return Repeated(wrong, float(clear.mean()), float(np.mean(b[told] / a[told] - 1)) if told.any() else None)


def chance_of_wrong(rate: float, other: float, viewers: int) -> float:
    """The same share by the normal approximation: Phi(-|p1 - p2| / sqrt((p1 q1 + p2 q2) / n))."""
    error = math.sqrt((rate * (1 - rate) + other * (1 - other)) / viewers)
    return NORMAL.cdf(-abs(rate - other) / error)
