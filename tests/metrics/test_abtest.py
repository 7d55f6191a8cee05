"""Intervals, sample sizes and chances of an A/B test against published and closed-form values."""

import itertools
import math

import pytest

from genai_core.metrics import abtest


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [  # Newcombe 1998, Stat. Med. 17:873, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_the_difference_has_newcombes_interval(k1, n1, k2, n2, low, high):
    said = abtest.compared(k2, n2, k1, n1)
    assert (said.low, said.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    other = abtest.compared(k1, n1, k2, n2)
    assert (other.low, other.high) == (pytest.approx(-high, abs=5e-5), pytest.approx(-low, abs=5e-5))


def test_the_lift_has_katzs_interval_where_clicks_are_many():
    said = abtest.compared(2000, 100_000, 2700, 100_000)
    wide = 1.959964 * math.sqrt(1 / 2000 - 1 / 100_000 + 1 / 2700 - 1 / 100_000)
    assert said.lift == pytest.approx(0.35)
    assert math.log((1 + said.lift_high) / 1.35) == pytest.approx(wide, abs=1e-3)
    assert math.log(1.35 / (1 + said.lift_low)) == pytest.approx(wide, abs=1e-3)


def test_lift_and_difference_never_contradict_each_other_and_turn_round_with_the_posters():
    for a, b in itertools.product(range(1, 101, 3), repeat=2):
        said, turned = abtest.compared(a, 100, b, 100), abtest.compared(b, 100, a, 100)
        assert (said.lift_low > 0, said.lift_high < 0) == (said.low > 0, said.high < 0), (a, b)
        assert (1 + said.lift_low) * (1 + turned.lift_high) == pytest.approx(1)
        assert said.lift_low < said.lift < said.lift_high or a == b == 100


def test_the_lift_of_all_over_all_is_not_certain():
    """By the logarithm its interval would be a point."""
    said = abtest.compared(5, 5, 5, 5)
    assert said.lift_low < -0.3 and said.lift_high > 0.4


def test_without_clicks_there_is_no_ratio_and_nonsense_is_refused():
    said = abtest.compared(0, 50, 3, 50)
    assert said.lift is said.lift_low is said.lift_high is None and said.low < 0 < said.high
    with pytest.raises(ValueError, match="no share"):
        abtest.compared(3, 2, 1, 2)


@pytest.mark.parametrize(
    ("rate", "other", "power", "n"),
    [
        (0.50, 0.75, 0.9, 77),  # the example of R's power.prop.test: n = 76.7
        (0.75, 0.50, 0.9, 77),
        (0.02, 0.024, 0.8, 21109),
    ],
)
def test_viewers_needed(rate, other, power, n):
    assert abtest.needed(rate, other, power=power) == n


@pytest.mark.parametrize(("rate", "other"), [(0.1, 0.1), (0.0, 0.1), (0.5, 1.0)])
def test_no_number_of_viewers_tells_equal_rates_apart(rate, other):
    with pytest.raises(ValueError, match="two different rates"):
        abtest.needed(rate, other)


def test_a_test_of_the_size_needed_finds_it_as_often_as_was_asked():
    n = abtest.needed(0.1, 0.12, power=0.8)
    found = abtest.repeated(0.1, 0.12, n, seed=3, tests=20_000)
    assert found.clear == pytest.approx(0.8, abs=0.012) and found.wrong < 0.01
    assert 0.2 < found.reported < 0.3


def test_a_small_test_is_often_wrong_and_its_successes_overstate():
    small = abtest.repeated(0.02, 0.024, 1000, seed=1)
    assert small.wrong == pytest.approx(abtest.chance_of_wrong(0.02, 0.024, 1000), abs=0.02)
    assert small.clear < 0.15 and small.reported > 0.6  # the truth is .2
    assert small == abtest.repeated(0.02, 0.024, 1000, seed=1) != abtest.repeated(0.02, 0.024, 1000, seed=2)
    assert abtest.repeated(0.024, 0.02, 1000, seed=1).wrong == pytest.approx(small.wrong, abs=0.03)
    assert abtest.repeated(0.001, 0.0012, 1, seed=1, tests=50).reported is None


def test_equal_posters_look_different_one_time_in_twenty():
    assert abtest.repeated(0.1, 0.1 + 1e-12, 4000, seed=5, tests=20_000).clear == pytest.approx(0.05, abs=0.006)
