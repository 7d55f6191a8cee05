"""What comes from a large model is checked: form, bounds, and arithmetic that is worked out anew."""

import json

import pytest

from genai_core import large_tasks
from genai_core.errors import EndpointError

TUNE = [[60 + k, 2] for k in range(8)]


def test_a_tune_is_taken_as_it_is():
    assert large_tasks.tune("Here: " + json.dumps(TUNE)) == TUNE


ODD = ([59, 2], [80, 2], [60, 5], [60.0, 2], ["60", 2], [60], [True, 2], "do")


@pytest.mark.parametrize("pairs", [TUNE[:7], *([*TUNE, pair] for pair in ODD)])
def test_a_tune_that_no_soprano_sings_is_refused(pairs):
    with pytest.raises(EndpointError, match="form"):
        large_tasks.tune(json.dumps(pairs))


def test_a_long_tune_is_cut():
    assert len(large_tasks.tune(json.dumps(TUNE * 50))) == large_tasks.NOTES[1]


def test_names_are_single_words_once_each():
    answer = json.dumps(["Lumora", "Two Words", "<b>x</b>", "Lumora", 7, "a" * 15, "Élan", None, "O'Hara"])
    assert large_tasks.names(answer) == ["Lumora", "Élan", "O'Hara"]
    assert len(large_tasks.names(json.dumps([f"ab{chr(97 + k)}" for k in range(20)]))) == large_tasks.NAMES


@pytest.mark.parametrize("answer", ['["two words"]', "[1, 2]", '["a"]'])
def test_no_name_at_all_is_refused(answer):
    with pytest.raises(EndpointError, match="form"):
        large_tasks.names(answer)


def problem(**more):
    return {"question": "How many?", "expression": "12 + 7", "answer": 19} | more


@pytest.mark.parametrize(
    ("expression", "true"), [("12 + 7", 19), ("12-7", 5), ("3 × 4", 12), ("3 x 4 = 12", 12), ("3*4", 12), ("12 − 7", 5), ("7 - 12", -5), ("007+1", 8)]
)
def test_sums_are_worked_out_anew(expression, true):
    (found,) = large_tasks.sums(json.dumps([problem(expression=expression, answer=19)]))
    assert found.true == true and found.right == (true == 19)


def test_what_is_no_sum_is_left_out():
    odd = [
        *(problem(expression=text) for text in ("__import__('os')", "1 + 2 + 3", "9999 + 1", None)),
        *(problem(answer=value) for value in ("19", 19.0, True)),
        *(problem(question=text) for text in ("", "x" * 241, None)),
        "19",
    ]
    assert [s.said for s in large_tasks.sums(json.dumps([*odd[:7], problem()]))] == [19]
    with pytest.raises(EndpointError, match="form"):
        large_tasks.sums(json.dumps(odd))


def test_what_is_not_shown_of_an_answer_is_counted():
    names = '["Good", "<b>x</b>", "Good", "Fine"]'
    assert large_tasks.left_out(names, len(large_tasks.names(names)), large_tasks.NAMES) == 2
    many = str([f"Name{c}" for c in "abcdefghijkl"]).replace("'", '"')
    assert large_tasks.left_out(many, len(large_tasks.names(many)), large_tasks.NAMES) == 0
