"""A learner's ability, followed answer by answer by Elo's rule, and simulated learners to try it on. Numpy alone.

The chance of a right answer is Rasch's (1960): P = 1 / (1 + exp(d - a)), with ability a and difficulty d on one scale, in
logits. After an answer s (1 right, 0 wrong) ability moves by what was not expected: a <- a + K(n) (s - P), where the step
K(n) = 1 / (1 + 0.05 n) shrinks with the number n of answers before it (Pelánek 2016, Computers & Education 98:169, Applications of the
Elo rating system in adaptive educational systems: the rule and its uncertainty function a / (1 + b n)). The next problem is
one that would be solved with a chance of .75, as in the Maths Garden (Klinkenberg et al. 2011, Computers & Education 57:1813).

Elo's rule names no uncertainty. The variance here is the rule's own, linearised at the estimate: the error e of the ability
becomes (1 - K I) e + K (s - P), with I = P (1 - P) the slope of P and the variance of s. It is right for a learner who neither
learns nor guesses. Difficulties are given (``arithmetic.py``) and stay: one learner alone cannot calibrate them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TARGET = 0.75  # the chance at which problems are chosen
SPREAD = 1.5  # logits: how far abilities lie apart before anything is known
LIMIT = 6.0  # logits, on either side of 0
SHRINK = 0.05


@dataclass(frozen=True)
class Learner:
    """What is known of a learner: ``ability`` and its ``variance`` in logits, after so many ``answers``."""

    ability: float = 0.0
    variance: float = SPREAD**2
    answers: int = 0

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the ability."""
        half = 1.96 * math.sqrt(self.variance)
        return self.ability - half, self.ability + half


def chance(ability: float, difficulty: float) -> float:
    """The chance of a right answer (Rasch)."""
    return 1 / (1 + math.exp(max(min(difficulty - ability, 50.0), -50.0)))


def update(learner: Learner, difficulty: float, right: bool) -> Learner:
    """The learner after one answer to a problem of this difficulty."""
    expected = chance(learner.ability, difficulty)
    gain, slope = 1 / (1 + SHRINK * learner.answers), expected * (1 - expected)
    ability = learner.ability + gain * (right - expected)
    variance = (1 - gain * slope) ** 2 * learner.variance + gain**2 * slope
    return Learner(max(min(ability, LIMIT), -LIMIT), variance, learner.answers + 1)


def wanted(ability: float, target: float = TARGET) -> float:
    """The difficulty at which a learner of this ability succeeds with the chance ``target``."""
    return ability - math.log(target / (1 - target))


def level(logits: float) -> float:
    """An ability or a difficulty as a level from 0 to 100: 50 is 0 logits, ten levels are one."""
    return max(0.0, min(100.0, 50 + 10 * logits))


def logits(level: float) -> float:
    """The other way."""
    return (level - 50) / 10


# --- simulated learners ----------------------------------------------------------------------------------------------

Answerer = Callable[[float, np.random.Generator], bool]  # (difficulty, rng) -> right?


def able(ability: float) -> Answerer:
    """Somebody of this ability, who answers as the model says."""
    return lambda difficulty, rng: bool(rng.random() < chance(ability, difficulty))


def guesser(share: float = 0.2) -> Answerer:
    """Somebody who is right in this share of answers, whatever is asked: the control, with no ability to find."""
    return lambda difficulty, rng: bool(rng.random() < share)


def follow(answerer: Answerer, n: int, rng: np.random.Generator) -> list[Learner]:
    """What is known before and after each of ``n`` answers, n + 1 learners, where there is a problem of every difficulty."""
    found = [Learner()]
    for _ in range(n):
        difficulty = wanted(found[-1].ability)
        found.append(update(found[-1], difficulty, answerer(difficulty, rng)))
    return found
