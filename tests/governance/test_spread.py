"""Spread of votes: against numpy, by hand, and off the scale."""

import random

import numpy as np
import pytest

from genai_core.governance import simulated
from genai_core.governance.spread import Spread, cautious, far, of, spread


def test_quartiles_are_those_of_numpy():
    rng = random.Random(0)
    for n in (1, 2, 3, 4, 7, 30, 101):
        votes = [rng.randint(1, 5) for _ in range(n)]
        found = of(votes)
        assert [found.low, found.median, found.high] == pytest.approx(np.quantile(votes, [0.25, 0.5, 0.75]).tolist())
        assert found.n == n and sum(found.counts) == n


def test_by_hand():
    found = spread({1: 1, 3: 3, 5: 1, None: 2})
    assert found == Spread((1, 0, 3, 0, 1), 2, 5, 3.0, 3.0, 3.0, 1, 1)
    assert found.width == 0.0
    assert far(5, found) and far(1, found) and not far(4, found) and not far(None, found)


def test_nobody_voted():
    found = spread({None: 3})
    assert (found.n, found.abstained, found.median, found.width) == (0, 3, None, None)
    assert cautious(found) is None and not far(5, found)


def test_between_two_points_a_register_takes_the_higher():
    assert cautious(of([3, 4])) == 4
    assert cautious(of([3, 3])) == 3


@pytest.mark.parametrize("point", [0, 6, -1])
def test_a_point_off_the_scale_is_refused(point):
    with pytest.raises(ValueError, match="off the scale"):
        spread({point: 1})


def test_simulated_people_are_the_same_every_time_and_come_closer():
    before, after = simulated.rounds()
    assert simulated.rounds() == (before, after)
    assert all(one.n == simulated.PEOPLE for found in (before, after) for one in found.values())
    assert after["likelihood"].width < before["likelihood"].width
    assert before["likelihood"].below + before["likelihood"].above > 0  # somebody to speak first
