"""Problems: answers and carries by hand, harder where there is more to do, proposals near what was wanted."""

import re

import numpy as np
import pytest

from genai_core import arithmetic
from genai_core.arithmetic import Problem, carries, propose, sheet
from genai_core.errors import ConfigError

ALL = list(arithmetic.OPERATIONS)


@pytest.mark.parametrize(
    ("problem", "answer", "carried"),
    [
        (Problem(37, "plus", 48), 85, 1),
        (Problem(999, "plus", 1), 1000, 3),
        (Problem(12, "plus", 34), 46, 0),
        (Problem(500, "minus", 1), 499, 2),
        (Problem(68, "minus", 48), 20, 0),
        (Problem(7, "times", 8), 56, 1),
        (Problem(12, "times", 3), 36, 0),
        (Problem(47, "times", 86), 4042, 4),
    ],
)
def test_answers_and_carries_are_those_of_working_in_columns(problem, answer, carried):
    assert problem.answer == answer and carries(problem) == carried


@pytest.mark.parametrize(("typed", "number"), [("42", 42), (" 007 ", 7), ("0" * 9 + "5", 5), ("１２", 12), ("0", 0), ("999999", 999999)])
def test_a_whole_number_is_an_answer_however_its_digits_were_typed(typed, number):
    assert arithmetic.answered(typed) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        *((typed, f"“{typed}” is not counted as an answer: type a whole number") for typed in ("3.7", "3,7", "3.0", "-3", "1e3", "twelve", "1 2")),
        ("²x", "type a whole number"),
        ("", "Type your answer first"),
        (" ", "Type your answer first"),
        ("1000000", "none here is as large as 1000000"),
        ("9" * 5000, "none here is as large"),
    ],
)
def test_what_is_no_whole_number_is_refused_in_a_sentence_and_never_rounded(typed, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        arithmetic.answered(typed)


def test_what_is_written_is_what_is_asked():
    problem = Problem(305, "minus", 40)
    assert problem.text == "305 − 40" and problem.digits == (3, 0, 5, 4, 0)


def test_more_digits_and_more_to_carry_are_harder():
    assert Problem(12, "plus", 34).difficulty < Problem(17, "plus", 38).difficulty < Problem(177, "plus", 388).difficulty
    assert Problem(68, "minus", 43).difficulty < Problem(63, "minus", 48).difficulty
    assert Problem(7, "times", 5).difficulty < Problem(7, "times", 8).difficulty < Problem(47, "times", 86).difficulty
    assert Problem(4, "plus", 1).difficulty < Problem(4, "plus", 3).difficulty


@pytest.mark.parametrize("wanted", [-2.5, -1.0, 0.5, 1.5])
def test_a_proposal_is_near_what_was_wanted_and_never_negative(wanted):
    for seed in range(30):
        problem = propose(wanted, ALL, np.random.default_rng(seed))
        assert abs(problem.difficulty - wanted) <= arithmetic.NEAR
        assert 0 <= problem.answer < arithmetic.LARGEST


def test_beyond_the_easiest_and_the_hardest_there_is_still_a_problem():
    rng = np.random.default_rng(0)
    assert propose(-9, ALL, rng).difficulty < -3 and propose(9, ALL, rng).difficulty > 2.5


def test_a_sheet_repeats_nothing_mixes_the_operations_and_begins_with_the_easy_ones():
    found = sheet(-1.0, ALL, 20, np.random.default_rng(4))
    assert len(set(found)) == 20
    hard = [problem.difficulty for problem in found]
    assert hard == sorted(hard)
    counts = [sum(problem.operation == name for problem in found) for name in ALL]
    assert min(counts) >= 6
    assert found == sheet(-1.0, ALL, 20, np.random.default_rng(4)) != sheet(-1.0, ALL, 20, np.random.default_rng(5))


def test_only_the_operations_that_were_chosen_are_asked():
    assert {p.operation for p in sheet(0.0, ["times"], 12, np.random.default_rng(1))} == {"times"}
    for wrong in ([], ["divided"], ["plus", "root"]):
        with pytest.raises(ConfigError, match="at least one"):
            propose(0.0, wrong, np.random.default_rng(0))
