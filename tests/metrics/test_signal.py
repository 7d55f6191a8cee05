"""Chance bands, d' and the bound of a distance, against values known otherwise."""

import math

import numpy as np
import pytest

from genai_core.metrics import signal
from genai_core.metrics.statistics import auc


def test_chance_bands_are_the_binomial_ones():
    assert signal.chance_band(20, 0.5) == (6, 14)
    assert signal.chance_band(20, 1 / 3) == (3, 11)
    for n, p in ((20, 0.5), (20, 1 / 3), (7, 0.2), (600, 1 / 3)):
        low, high = signal.chance_band(n, p)
        chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        assert sum(chances[:low]) <= 0.025 < sum(chances[: low + 1])
        assert sum(chances[high + 1 :]) <= 0.025 < sum(chances[high:])


def test_d_prime_of_guessing_is_none_and_of_everything_right_is_finite():
    assert signal.d_prime(6, 12, 4, 8) == pytest.approx(0)
    assert signal.d_prime(12, 12, 0, 8) == pytest.approx(1.7688 + 1.5932, abs=1e-3)  # z(12.5/13) - z(.5/9)
    assert signal.d_prime(0, 12, 8, 8) == pytest.approx(-signal.d_prime(12, 12, 0, 8))
    rng = np.random.default_rng(0)
    n = 20_000  # a true d' of 1 with an unbiased criterion
    hits, alarms = (rng.normal(1, 1, n) > 0.5).sum(), (rng.normal(0, 1, n) > 0.5).sum()
    assert signal.d_prime(int(hits), n, int(alarms), n) == pytest.approx(1, abs=0.04)


def test_the_bound_is_above_the_gaussian_and_both_have_their_ends():
    assert signal.gaussian(0.383) == pytest.approx(0.760, abs=1e-3)
    assert signal.auc_bound(0.383) == pytest.approx(0.810, abs=1e-3)
    assert signal.gaussian(0) == signal.auc_bound(0) == 0.5 and signal.auc_bound(1) == 1
    assert all(signal.gaussian(d) < signal.auc_bound(d) for d in np.linspace(0.01, 0.99, 40))


def test_the_gap_bounds_the_auc_and_is_that_of_known_scores():
    assert signal.gap(np.array([3.0, 4]), np.array([1.0, 2])) == 1
    assert signal.gap(np.array([1.0, 2]), np.array([1.0, 2])) == 0
    assert signal.gap(np.array([1.0, 3]), np.array([2.0, 2])) == pytest.approx(0.5)
    rng = np.random.default_rng(1)
    for _ in range(50):
        a, b = rng.normal(rng.normal(), 1, 40), rng.normal(0, rng.uniform(0.5, 2), 60)
        assert auc(a, b) <= signal.auc_bound(signal.gap(a, b)) + 1e-12
    a, b = rng.normal(1, 1, 4000), rng.normal(0, 1, 4000)
    assert signal.gap(a, b) == pytest.approx(0.383, abs=0.03)
