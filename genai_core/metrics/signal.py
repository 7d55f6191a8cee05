"""How well somebody, or something, tells two kinds apart: chance bands, d', and what a distance allows. No torch."""

from __future__ import annotations

import itertools
import math
from statistics import NormalDist

import numpy as np

_NORMAL = NormalDist()


def chance_band(n: int, p: float, level: float = 0.95) -> tuple[int, int]:
    """The numbers right out of ``n`` that guessing at a chance ``p`` each gives, but for at most (1 - level) / 2 on either side:
    exact, by the binomial distribution. Of 20 at 1/2: 6 to 14."""
    logs = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n + 1)]
    chances = [math.exp(log + k * math.log(p) + (n - k) * math.log(1 - p)) for k, log in enumerate(logs)]
    tail, bounds = (1 - level) / 2, []
    for side in (chances, chances[::-1]):
        below = itertools.accumulate(side)
        bounds.append(next(k for k, share in enumerate(below) if share > tail))
    return bounds[0], n - bounds[1]


def d_prime(hits: int, signals: int, alarms: int, noises: int) -> float:
    """d' = z(hit rate) - z(false-alarm rate), with half a case added to each cell (the log-linear rule of Hautus 1995, Behavior
    Research Methods 27:46), so that no rate is 0 or 1. 0 is guessing."""
    return _NORMAL.inv_cdf((hits + 0.5) / (signals + 1)) - _NORMAL.inv_cdf((alarms + 0.5) / (noises + 1))


def auc_bound(distance: float) -> float:
    """The most that the AUC of any detector can be where the two kinds have this total variation distance: 1/2 + TV - TV^2/2
    (Sadasivan et al. 2023, arXiv:2303.11156). An upper bound, not the value."""
    return 0.5 + distance - distance**2 / 2


def gaussian(distance: float) -> float:
    """The AUC of the best detector of two normal distributions of one variance at this total variation distance in [0, 1)."""
    shift = 2 * _NORMAL.inv_cdf((1 + distance) / 2)
    return _NORMAL.cdf(shift / math.sqrt(2))


def gap(positive: np.ndarray, negative: np.ndarray) -> float:
    """The largest difference between hit rate and false-alarm rate over all thresholds of scores (N,) and (M,): no more than the
    total variation distance of what was scored. The AUC is at most :func:`auc_bound` of it, too."""
    positive, negative = (np.sort(np.asarray(x, np.float64)) for x in (positive, negative))
    at = np.concatenate([positive, negative])
    above = 1 - np.searchsorted(positive, at, "left") / len(positive)
    return float(max(0.0, (above - 1 + np.searchsorted(negative, at, "left") / len(negative)).max()))
