"""Dealing twenty pictures and scoring them: known answers, known figures."""

import pytest

from genai_core import game
from genai_core.metrics.signal import d_prime
from genai_core.metrics.statistics import wilson

BANK = {
    "kinds": ["real"] * 20 + ["generated"] * 12 + ["copied"] * 14,
    "families": [""] * 20 + ["gan"] * 4 + ["vae"] * 4 + ["flow"] * 4 + [""] * 14,
    "copy_of": [-1] * 32 + [0] * 8 + [1, 2, 3, 4, 5, 5],
}


def test_a_deal_is_the_same_for_the_same_number_and_has_its_kinds():
    hand = game.deal(BANK, 7)
    assert hand == game.deal(BANK, 7) and hand != game.deal(BANK, 8) and len(set(hand)) == game.TRIALS == 20
    for number in range(30):
        hand = game.deal(BANK, number)
        kinds = [BANK["kinds"][i] for i in hand]
        assert {kind: kinds.count(kind) for kind in game.KINDS} == game.DEALT
        families = [BANK["families"][i] for i in hand if BANK["kinds"][i] == "generated"]
        assert {families.count(family) for family in ("gan", "vae", "flow")} == {2}
        assert len({BANK["copy_of"][i] for i in hand if BANK["kinds"][i] == "copied"}) == 6
        assert kinds != sorted(kinds)


TRUTH = ["real"] * 8 + ["generated"] * 6 + ["copied"] * 6


def test_everything_right_and_everything_called_real():
    perfect = game.score(TRUTH, game.one(TRUTH))
    assert (perfect.right, perfect.two, perfect.hits, perfect.alarms) == (20, 20, 12, 0)
    assert perfect.band == (3, 11) and perfect.coin == (6, 14) and perfect.d == pytest.approx(d_prime(12, 12, 0, 8))
    trusting = game.score(TRUTH, game.one(["real"] * 20))
    assert (trusting.right, trusting.two, trusting.hits, trusting.alarms) == (8, 8, 0, 0)
    assert trusting.kinds == {"real": (8, 8), "generated": (0, 6), "copied": (0, 6)} and abs(trusting.d) < 0.4


def test_a_machine_made_picture_under_the_wrong_name_is_right_of_two_and_not_of_three():
    found = game.score(["generated", "copied", "real"], game.one(["copied", "generated", "copied"]))
    assert (found.right, found.two, found.hits, found.alarms, found.made, found.real) == (0, 2, 2, 1, 2, 1)


def test_a_room_pools_its_counts():
    counts = [[30, 5, 5]] * 8 + [[10, 20, 10]] * 6 + [[20, 10, 10]] * 6
    found = game.score(TRUTH, counts)
    assert found.n == 800 and found.right == 8 * 30 + 6 * 20 + 6 * 10
    assert found.interval == wilson(420, 800) and found.interval[0] > 1 / 3
    assert (found.hits, found.made, found.alarms, found.real) == (6 * 30 + 6 * 20, 480, 80, 320)
    assert found.d == pytest.approx(d_prime(300, 480, 80, 320)) and found.band[1] < 420
