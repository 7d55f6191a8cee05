"""The result of a workshop in the register: median, spread, dissent, once."""

import datetime as dt

import pytest

from genai_core.errors import RoomError
from genai_core.governance import ballots, register, workshop, workshop_record
from genai_core.governance.workshop_watch import Item, read
from tests.governance.conftest import ANNA, BEN, LEADER, go

CORA = "c" * 48


@pytest.fixture
def code(database, hall):
    """A workshop of three on a risk of the register and on one typed in, up to its close."""
    code = hall(risks=0, people=(ANNA, BEN, CORA))
    known = register.add(database, code, {"title": "Leak", "cause": "No filter.", "event": "A name is shown."}, "leak")
    workshop_record.take(database, code, LEADER, [known.number, known.number, 99])
    workshop.add_item(database, code, LEADER, "Typed in", "As it was said")
    leak, typed = read(database, code).items
    assert (leak.risk, leak.detail, typed.risk) == (known.number, "No filter. A name is shown.", None)
    go(database, code, "score1")
    for who in (ANNA, BEN, CORA):
        ballots.score(database, code, who, 1, leak.id, {"likelihood": 1, "impact": 1})
    go(database, code, "score2")
    for who, likelihood, impact in ((ANNA, 2, 4), (BEN, 3, None), (CORA, 5, 5)):
        ballots.score(database, code, who, 2, leak.id, {"likelihood": likelihood, "impact": impact})
        ballots.score(database, code, who, 2, typed.id, {"likelihood": 3, "impact": 3})
    ballots.dissent(database, code, CORA, leak.id, "It has happened")
    go(database, code, "controls")
    workshop.add_control(database, code, LEADER, leak.id, "preventive", "A filter")
    workshop.add_control(database, code, LEADER, leak.id, "detective", "A log")
    go(database, code, "residual")
    for who in (ANNA, BEN):
        ballots.score(database, code, who, 3, leak.id, {"likelihood": 1, "impact": 4})
    go(database, code, "dots")
    workshop.add_action(database, code, LEADER, "Buy a filter", "Head of IT", dt.date(2030, 1, 2), leak.id)
    workshop.add_action(database, code, LEADER, "Ask the officer", "Legal", None, leak.id)
    ballots.dot(database, code, ANNA, read(database, code).actions[1].id, 2)
    go(database, code, "close")
    return code


def test_the_register_takes_median_spread_and_dissent(database, code):
    assert workshop_record.record(database, code, LEADER) == 2
    leak, typed = register.risks(database, code)
    values = leak.values
    assert (values["votes_n"], values["votes_likelihood"], values["votes_likelihood_spread"]) == (2, 3.0, 1.5)
    assert (values["votes_impact"], values["votes_impact_spread"]) == (4.5, 0.5)
    assert (values["inherent_likelihood"], values["inherent_impact"]) == (3, 5)
    assert (values["residual_likelihood"], values["residual_impact"]) == (1, 4)
    assert values["dissent"] == "– It has happened"
    assert values["control"] == "– A filter\n– A log" and values["control_kind"] == ("preventive", "detective")
    assert (values["owner"], values["due"]) == ("Legal", "")  # of the action with most dots, which has no date
    assert "Buy a filter (Head of IT, 2030-01-02; 0)" in values["response_text"]
    assert (typed.title, typed.values["description"], typed.values["inherent_impact"]) == ("Typed in", "As it was said", 3)
    assert typed.values["residual_impact"] is None
    assert read(database, code).recorded is not None


def test_written_twice_it_is_there_once(database, code):
    workshop_record.record(database, code, LEADER)
    before = register.risks(database, code)
    register.change(database, code, 1, {"owner": "Somebody else"}, before[0].version)
    workshop_record.record(database, code, LEADER)
    after = register.risks(database, code)
    assert len(after) == 2 and after[0].values["owner"] == "Somebody else"
    assert after[1] == before[1]


def test_a_risk_that_was_removed_meanwhile_comes_back_with_its_result(database, code):
    register.remove(database, code, 1, 1)
    workshop_record.record(database, code, LEADER)
    assert {risk.title: risk.values["votes_n"] for risk in register.risks(database, code)} == {"Leak": 2, "Typed in": 3}


def test_it_is_written_at_the_close_and_what_nobody_scored_is_left_out(database, hall):
    code = hall(risks=2, phase="score1")
    first = read(database, code).items[0].id
    ballots.score(database, code, ANNA, 1, first, {"likelihood": 2, "impact": None})
    with pytest.raises(RoomError, match="come to its close"):
        workshop_record.record(database, code, LEADER)
    go(database, code, "close")
    assert workshop_record.record(database, code, LEADER) == 0
    assert register.risks(database, code) == []


def test_more_dissent_than_the_register_holds_is_counted():
    item = Item(1, None, "x", "", {}, {}, tuple(f"{k} " + "x" * 270 for k in range(8)), ())
    kept = workshop_record.dissent(item)
    assert len(kept) <= workshop_record.MOST_DISSENT and kept.endswith("\n(+4)")


def test_control_characters_from_a_phone_do_not_keep_the_result_from_the_register(database, hall):
    code = hall(risks=0)
    workshop.add_item(database, code, LEADER, "Le\x07ak\x00", "a\x0bb")
    go(database, code, "score2")
    item = read(database, code).items[0]
    ballots.score(database, code, ANNA, 2, item.id, {"likelihood": 2, "impact": 3})
    ballots.dissent(database, code, ANNA, item.id, "I \x00do\x1b not")
    go(database, code, "controls")
    workshop.add_control(database, code, LEADER, item.id, "preventive", "A \x08filter")
    go(database, code, "dots")
    workshop.add_action(database, code, LEADER, "Buy\x7fit", "Head\x00 of IT", None, item.id)
    go(database, code, "close")
    assert workshop_record.record(database, code, LEADER) == 1
    values = register.risks(database, code)[0].values
    assert (values["title"], values["dissent"], values["owner"]) == ("Le ak", "– I do not", "Head of IT")
