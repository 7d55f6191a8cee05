"""The estimate of ability: Elo's rule by hand, simulated learners whose ability is known, and one who only guesses."""

import math

import numpy as np
import pytest

from genai_core import arithmetic, learner
from genai_core.learner import Learner

OPERATIONS = list(arithmetic.OPERATIONS)


def followed(answerer, n, seeds=120):
    return [learner.follow(answerer, n, np.random.default_rng(seed)) for seed in range(seeds)]


def test_one_answer_moves_the_estimate_by_what_was_not_expected():
    right = learner.update(Learner(), 0.0, True)
    assert right.ability == pytest.approx(0.5) and right.answers == 1
    assert learner.update(Learner(), 0.0, False).ability == pytest.approx(-0.5)
    easy = learner.update(Learner(), -math.log(9), True)  # expected with .9
    assert easy.ability == pytest.approx(0.1)
    late = learner.update(Learner(answers=20), 0.0, True)
    assert late.ability == pytest.approx(0.5 / 2)  # the step has halved after 20 answers


def test_the_variance_is_that_of_the_linearised_rule():
    found = learner.update(Learner(variance=2.0), 0.0, True)
    assert found.variance == pytest.approx((1 - 0.25) ** 2 * 2 + 0.25)


def test_the_chance_is_half_where_ability_meets_difficulty_and_the_target_where_problems_are_put():
    assert learner.chance(1.3, 1.3) == 0.5
    for target in (0.5, 0.75, 0.9):
        assert learner.chance(0.4, learner.wanted(0.4, target)) == pytest.approx(target)
    assert learner.chance(-1e9, 0) == pytest.approx(0, abs=1e-12)


def test_levels_and_logits_are_one_scale():
    assert learner.level(0) == 50 and learner.level(-9) == 0 and learner.level(9) == 100
    assert learner.logits(learner.level(1.7)) == pytest.approx(1.7)


@pytest.mark.parametrize("true", [-2.0, 0.0, 2.0])
def test_the_estimate_finds_a_simulated_learner_within_the_error_it_names(true):
    ends = [path[-1] for path in followed(learner.able(true), 60)]
    found = np.array([end.ability for end in ends])
    named = math.sqrt(np.mean([end.variance for end in ends]))
    assert abs(found.mean() - true) < 0.2
    assert found.std() == pytest.approx(named, rel=0.25)
    inside = np.mean([end.interval()[0] <= true <= end.interval()[1] for end in ends])
    assert inside > 0.88


def test_with_real_problems_it_finds_a_learner_too_and_success_is_near_the_target():
    answers = [
        arithmetic.practise(learner.able(0.5), 60, OPERATIONS, np.random.default_rng(seed)) for seed in range(20)
    ]
    assert abs(np.mean([arithmetic.estimates(path)[-1].ability for path in answers]) - 0.5) < 0.3
    later = [right for path in answers for _, right in path[20:]]
    assert abs(np.mean(later) - learner.TARGET) < 0.06
    assert all(len(arithmetic.estimates(path)) == 61 for path in answers)


def test_two_learners_are_told_apart_and_a_guesser_has_no_level():
    strong, weak = (np.mean([p[-1].ability for p in followed(learner.able(a), 40)]) for a in (1.5, -1.5))
    assert strong - weak > 2
    guessing = [path[-1].ability for path in followed(learner.guesser(0.2), 100, seeds=20)]
    assert max(guessing) < -4.5  # runs to the lower end: success never comes to the target
    later = [p[-1].ability - p[-41].ability for p in followed(learner.able(0.0), 100, seeds=40)]
    assert abs(np.mean(later)) < 0.15  # one who is able has settled by then


def test_the_estimate_stays_within_its_limits():
    ability = Learner()
    for _ in range(200):
        ability = learner.update(ability, 9.0, True)
    assert ability.ability == learner.LIMIT
