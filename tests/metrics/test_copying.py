"""Statistics of copying: closed forms, and cases in which nothing or everything was copied."""

import math

import numpy as np
import pytest

from genai_core import registry
from genai_core.metrics import copying


def test_distances_are_euclidean():
    a, b = np.zeros((2, 2, 2)), np.stack([np.full((2, 2), 3.0), np.eye(2)])
    assert copying.distances(a, b) == pytest.approx(np.array([[6, math.sqrt(2)]] * 2))


def test_z_u_is_the_mann_whitney_statistic_of_a_small_case():
    # Of the 6 pairs, generated exceeds held-out in 1: U = 1, mean 3, variance 2 * 3 * 6 / 12 = 3.
    assert copying.z_u(np.array([1.0, 3.0]), np.array([2.0, 4.0, 5.0])) == pytest.approx((1 - 3) / math.sqrt(3))


def test_z_u_is_standard_normal_where_both_are_alike():
    rng = np.random.default_rng(0)
    found = [copying.z_u(rng.exponential(size=60), rng.exponential(size=90)) for _ in range(2000)]
    assert abs(np.mean(found)) < 0.08 and np.std(found) == pytest.approx(1, abs=0.06)


def test_fresh_digits_are_no_copies_and_noisy_copies_are():
    data = registry.datasets()["mnist5k"].load()
    rng = np.random.default_rng(1)
    some = rng.permutation(len(data.train))
    train, heldout, fresh = (data.train[some[k * 500 : (k + 1) * 500]] / 255 for k in range(3))
    noisy = train[:300] + 0.05 * rng.standard_normal((300, 28, 28))
    of_heldout = copying.distances(heldout, train).min(1)
    assert abs(copying.z_u(copying.distances(fresh, train).min(1), of_heldout)) < 3
    assert copying.z_u(copying.distances(noisy, train).min(1), of_heldout) < -15
    assert copying.copies(copying.distances(fresh, train)).mean() < 0.02
    assert copying.copies(copying.distances(noisy, train)).mean() > 0.95
    assert copying.nearer(copying.distances(noisy, train), copying.distances(noisy, heldout)) > 0.95


def test_the_share_of_the_nearer_counts_ties_half_and_asks_for_equal_sets():
    training, heldout = np.array([[1.0, 5], [4, 2], [3, 3]]), np.array([[2.0, 2], [1, 9], [3, 8]])
    assert copying.nearer(training, heldout) == 0.5  # nearer, not nearer, equal
    with pytest.raises(ValueError, match="equally large"):
        copying.nearer(training, heldout[:, :1])


def test_what_is_near_to_everything_is_no_copy():
    # A plain picture: 1 from its nearest and 1.1 from the next; a copy of an intricate one: 1 against 9.
    found = np.array([[1.0] + [1.1] * 25, [1.0] + [9.0] * 25])
    assert copying.abnormality(found) == pytest.approx([1 / 1.1, 1 / 9])
    assert copying.copies(found).tolist() == [False, True]
    with pytest.raises(ValueError, match="neighbours"):
        copying.copies(found[:, :20])
