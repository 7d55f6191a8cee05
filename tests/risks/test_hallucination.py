"""Statements that a model makes up: a checker on constructed ones, known shares, and a model that knows its world or not."""

import numpy as np
import pytest

from genai_core.risks import hallucination
from genai_core.risks.hallucination import FIRST, WORDS

FACTS = np.array([[0, 0, 0, 1], [0, 1, 2, 3], [1, 0, 4, 5], [1, 1, 6, 7]]) + np.array(FIRST)
TIMES = np.array([3, 1, 0, 1])


def stopped(statements):
    return np.pad(np.atleast_2d(statements), ((0, 0), (0, 1)))


def test_a_constructed_statement_is_what_it_is():
    another_home = FACTS[0] + np.array([0, 0, 0, 1])
    nobody = FACTS[0] + np.array([5, 5, 0, 0])
    said = stopped(np.stack([FACTS[0], FACTS[1], FACTS[2], another_home, nobody]))
    assert hallucination.verdicts(said, FACTS, TIMES).tolist() == ["read", "read", "true", "false", "false"]


def test_what_is_no_statement_is_garbled_and_not_false():
    fact = FACTS[0]
    unstopped = np.append(fact, fact[0])
    swapped = np.append(fact[[1, 0, 2, 3]], 0)
    early = np.array([fact[0], fact[1], fact[2], 0, fact[3]])
    found = hallucination.verdicts(np.stack([unstopped, swapped, early]), FACTS, TIMES)
    assert found.tolist() == ["garbled"] * 3
    assert hallucination.shares(found) == {"read": 0, "true": 0, "false": 0, "garbled": 1}


def test_every_true_statement_passes_the_checker_and_every_statement_has_its_own_number():
    rng = np.random.default_rng(0)
    facts = hallucination.world(rng, 1600)
    assert (hallucination.verdicts(stopped(facts), facts, np.ones(1600, int)) == "read").all()
    assert len({tuple(row[:2]) for row in facts.tolist()}) == 1600  # nobody lives twice
    corners = np.stack(np.meshgrid(*[(first, first + WORDS - 1) for first in FIRST]), -1).reshape(-1, 4)
    assert len(np.unique(hallucination.code(corners))) == 16


def test_names_are_all_different_and_the_same_seed_gives_the_same():
    names = hallucination.names(np.random.default_rng(5))
    assert len(names) == len(set(names)) == 1 + 3 * WORDS and names[0] == "\n"
    assert names == hallucination.names(np.random.default_rng(5))


def test_the_share_read_once_estimates_what_was_never_read():
    assert hallucination.once(TIMES) == pytest.approx(2 / 5)
    rng, errors = np.random.default_rng(1), []
    for _ in range(60):
        weights = 1 + rng.pareto(1.5, 1500)
        chances = weights / weights.sum()
        times = rng.multinomial(2000, chances)
        errors.append(hallucination.once(times) - chances[times == 0].sum())
    assert abs(np.mean(errors)) < 0.005 and np.std(errors) < 0.03  # Good 1953: the bias is below 1 / n


def test_miscalibration_is_none_where_both_agree_and_all_where_they_share_no_bin():
    rng = np.random.default_rng(2)
    own = rng.normal(size=20_000)
    assert hallucination.miscalibration(own, rng.normal(size=20_000)) < 0.02
    assert hallucination.miscalibration(own, np.full(100, 9.0)) == pytest.approx(0.9, abs=0.01)  # all in one bin of ten
    low = own[own < np.median(own)]
    assert hallucination.miscalibration(own, low) == pytest.approx(0.5, abs=0.01)


def test_a_model_is_false_where_facts_stand_alone_and_true_where_they_are_repeated():
    config = hallucination.Config(steps=450, people=1000, statements=1200)
    *events, outcome = hallucination.replicate(config, 7)
    values = outcome.values
    assert values["effect"] > 0.15 and values["control"] < 0.05 and values["mitigated"] < values["effect"] - 0.05
    assert values["effect"] > values["once"] - values["miscalibration"]  # the bound
    assert values["price_mitigated"] < values["price"]
    assert [t for t, _ in outcome.dial] == sorted({*hallucination.TEMPERATURES, 0.5})
    assert outcome.dial[0][1] < outcome.dial[-1][1]
    assert {row["kind"] for row in outcome.shown["said"]} <= {"read", "true", "false"}
    assert events[-1].step == events[-1].total == 900 and all("bits" in event.values for event in events)
