"""Intervals and tests over replicates, against tables, closed forms and scipy."""

import math

import numpy as np
import pytest
import scipy.stats

from genai_core.metrics import statistics as s


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 8, 30])
@pytest.mark.parametrize("t", [-3.2, -0.5, 0.0, 0.1, 1.0, 2.5, 12.0])
def test_students_t_is_scipys(t, df):
    assert s.student_cdf(t, df) == pytest.approx(scipy.stats.t.cdf(t, df), abs=1e-12)


@pytest.mark.parametrize(
    ("p", "df", "printed"), [(0.975, 7, 2.365), (0.975, 1, 12.706), (0.95, 10, 1.812), (0.025, 7, -2.365)]
)
def test_quantiles_are_those_of_the_printed_tables(p, df, printed):
    assert s.student_quantile(p, df) == pytest.approx(printed, abs=6e-4)


def test_the_interval_of_a_mean_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = [low <= 3.0 <= high for low, high in (s.mean_interval(rng.normal(3, 2, 8)) for _ in range(2000))]
    assert 0.935 < np.mean(covered) < 0.965
    low, high = s.mean_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (low, high) == pytest.approx(scipy.stats.t.interval(0.95, 3, 2.5, scipy.stats.sem([1, 2, 3, 4])))


def test_one_sided_p_values_are_scipys():
    x = np.array([0.4, 1.2, 0.9, 1.6, 0.2])
    assert s.above(x, 0.3) == pytest.approx(scipy.stats.ttest_1samp(x, 0.3, alternative="greater").pvalue)
    assert s.above(np.full(5, 2.0), 1.0) == 0.0 and s.above(np.full(5, 2.0), 2.0) == 1.0


def test_equivalence_says_what_the_interval_says():
    rng = np.random.default_rng(1)
    for _ in range(200):
        x = rng.normal(rng.uniform(-1, 1), 0.5, 8)
        low, high = s.mean_interval(x)
        inside = -0.6 < low and high < 0.6
        assert (s.equivalent(x, 0.0, 0.6) < 0.025) == inside


def test_holm_on_a_worked_example():
    found = s.holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert s.holm({"x": 0.9, "y": 0.8}) == {"x": 1.0, "y": 1.0}


def test_auc_on_known_scores():
    assert s.auc([1, 2, 3], [-1, 0]) == 1.0
    assert s.auc([0, 1], [0, 1]) == 0.5
    assert s.auc([1, 1], [1, 0]) == 0.75
    rng = np.random.default_rng(2)
    a, b = rng.normal(1, 1, 4000), rng.normal(0, 1, 4000)
    assert s.auc(a, b) == pytest.approx(0.5 * math.erfc(-0.5), abs=0.015)  # Phi(1 / sqrt 2)
    with pytest.raises(ValueError, match="scores"):
        s.auc([], [1.0])


def test_the_rate_at_a_limit_of_false_alarms():
    negative = np.arange(100)
    assert s.rate_at([98.5, 99.5, 50], negative, 0.01) == pytest.approx(2 / 3)
    assert s.rate_at([98.5, 99.5, 50], negative, 0.0) == pytest.approx(1 / 3)
    assert s.rate_at([1.0], negative, 1.0) == 1.0
