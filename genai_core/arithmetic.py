"""Problems of arithmetic and how hard they are. Numpy alone.

Difficulty is a sum of what a problem asks for, each with its weight (a linear logistic test model: Fischer 1973, Acta Psychologica
37:359): digits to take in, carries to keep in mind, the operation. The weights are set by hand, in logits; they are not
calibrated on learners.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genai_core.contracts import N_
from genai_core.errors import ConfigError
from genai_core.learner import Answerer, Learner, update, wanted

OPERATIONS = {"plus": "+", "minus": "−", "times": "×"}
NAMES = {"plus": N_("addition"), "minus": N_("subtraction"), "times": N_("multiplication")}
START = {"plus": -3.2, "minus": -2.8, "times": -2.0}  # two numbers of one digit, nothing to carry
DIGIT = {"plus": 0.45, "minus": 0.45, "times": 1.0}  # for each further digit
CARRY = {"plus": 0.55, "minus": 0.65, "times": 0.2}
EASY = -0.6  # where one of the numbers is one of these
SIMPLE = {"plus": (0, 1, 2, 10), "minus": (0, 1, 2, 10), "times": (0, 1, 2, 5, 10)}
MOST = {"plus": 4, "minus": 4, "times": 3}  # digits of a number at most
LARGEST = 10**6  # no answer reaches it
CANDIDATES, NEAR = 240, 0.25  # problems to choose from; logits within which one is as good as another


@dataclass(frozen=True)
class Problem:
    """``a`` and ``b`` with an operation of OPERATIONS; no answer is negative."""

    a: int
    operation: str
    b: int

    @property
    def answer(self) -> int:
        return {"plus": self.a + self.b, "minus": self.a - self.b, "times": self.a * self.b}[self.operation]

    @property
    def text(self) -> str:
        return f"{self.a} {OPERATIONS[self.operation]} {self.b}"

    @property
    def digits(self) -> tuple[int, ...]:
        """The digits to be written, from left to right."""
        return tuple(int(digit) for digit in f"{self.a}{self.b}")

    @property
    def difficulty(self) -> float:
        """In logits; see the module's docstring."""
        found = START[self.operation] + DIGIT[self.operation] * (len(self.digits) - 2)
        found += CARRY[self.operation] * carries(self)
        found += EASY * any(number in SIMPLE[self.operation] for number in (self.a, self.b))
        return found


def answered(typed: str) -> int:
    """The whole number that somebody typed as an answer; full-width digits count. ConfigError for anything else: nothing is rounded."""
    written = unicodedata.normalize("NFKC", typed).strip()
    if not written:
        raise ConfigError(N_("Type your answer first, then check it."))
    if not re.fullmatch(r"[0-9]+", written):
        raise ConfigError(
            N_("“{typed}” is not counted as an answer: type a whole number, in digits alone, such as 42. No answer here has decimals or a minus."),
            typed=written[:20],
        )
    if len(written.lstrip("0")) >= len(str(LARGEST)):  # counted, not read: Python reads no number of more than 4,300 digits
        raise ConfigError(N_("{typed} is not counted as an answer: none here is as large as {most}."), typed=written[:20], most=LARGEST)
    return int(written)


def carries(problem: Problem) -> int:
    """How often something is carried or borrowed when the problem is worked in columns."""
    a, b = _digits(problem.a), _digits(problem.b)
    if problem.operation == "times":
        found = 0
        for y in b:
            kept = 0
            for x in a:
                kept = (x * y + kept) // 10
                found += kept > 0
        return found
    sign = 1 if problem.operation == "plus" else -1
    kept = found = 0
    for i in range(max(len(a), len(b))):
        column = (a[i] if i < len(a) else 0) + sign * ((b[i] if i < len(b) else 0) + kept)
        kept = int(column > 9 or column < 0)
        found += kept
    return found


def _digits(number: int) -> list[int]:
    """From the last to the first."""
    return [int(digit) for digit in reversed(str(number))]


def propose(
    difficulty: float, operations: Sequence[str], rng: np.random.Generator, known: Sequence[Problem] = ()
) -> Problem:
    """A problem of about this difficulty, none of ``known``. Each operation that has one is as likely as another."""
    check(operations)
    drawn = {_draw(rng, operations[i % len(operations)]) for i in range(CANDIDATES)} - set(known)
    found = sorted(drawn, key=lambda p: (abs(p.difficulty - difficulty), p.text))
    near = [p for p in found if abs(p.difficulty - difficulty) <= NEAR] or found[:4]
    kinds = sorted({p.operation for p in near})
    kind = kinds[int(rng.integers(len(kinds)))]
    of_it = [p for p in near if p.operation == kind]
    return of_it[int(rng.integers(len(of_it)))]


def sheet(difficulty: float, operations: Sequence[str], n: int, rng: np.random.Generator) -> list[Problem]:
    """``n`` different problems of about this difficulty, the easier ones first. The operations take turns, but for one that has
    nothing so easy or so hard."""
    check(operations)
    found: list[Problem] = []
    for i in range(n):
        made = propose(difficulty, [operations[i % len(operations)]], rng, found)
        if abs(made.difficulty - difficulty) > 2 * NEAR:
            made = propose(difficulty, operations, rng, found)
        found.append(made)
    return sorted(found, key=lambda p: p.difficulty)


def check(operations: Sequence[str]) -> None:
    """ConfigError for none, or for one that there is not."""
    if not operations or not set(operations) <= set(OPERATIONS):
        raise ConfigError(N_("Choose at least one of addition, subtraction and multiplication."))


def _draw(rng: np.random.Generator, operation: str) -> Problem:
    least = 2 if operation == "times" else 1
    first, second = (_number(rng, int(rng.integers(1, MOST[operation] + 1)), least) for _ in range(2))
    a, b = max(first, second), min(first, second)
    if operation == "plus" and rng.random() < 0.5:
        a, b = b, a
    return Problem(a, operation, b)


def _number(rng: np.random.Generator, digits: int, least: int) -> int:
    low = least if digits == 1 else 10 ** (digits - 1)
    return int(rng.integers(low, 10**digits))


# --- practice: problems and answers, one after another ---------------------------------------------------------------

Answered = tuple[Problem, bool]  # a problem, and whether it was solved


def estimates(answers: Sequence[Answered]) -> list[Learner]:
    """What is known of a learner before and after each answer, n + 1 of them."""
    known = [Learner()]
    for problem, right in answers:
        known.append(update(known[-1], problem.difficulty, right))
    return known


def practise(answerer: Answerer, n: int, operations: Sequence[str], rng: np.random.Generator) -> list[Answered]:
    """``n`` problems for a simulated learner, each chosen by what the answers before it say."""
    known, answers = Learner(), []
    for _ in range(n):
        problem = propose(wanted(known.ability), operations, rng)
        answers.append((problem, answerer(problem.difficulty, rng)))
        known = update(known, problem.difficulty, answers[-1][1])
    return answers
