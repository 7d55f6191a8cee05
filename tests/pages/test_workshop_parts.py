"""What a ballot in a browser sends: votes, or whatever a stranger sends instead."""

import pytest

from pages.shared.workshop_parts import MOST_VOTES, votes
from pages.shared.workshop_room import grouped


def test_votes_are_read_and_nought_is_an_abstention():
    sent = {"turn": 2, "values": {"7": {"likelihood": 4, "impact": 0}, "8": {"impact": 1}}, "count": 3}
    assert votes(sent) == (2, {7: {"likelihood": 4, "impact": None}, 8: {"impact": 1}})


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "1",
        {},
        {"turn": 1},
        {"turn": 4, "values": {}},
        {"turn": True, "values": {}},
        {"turn": [1], "values": {}},
        {"turn": 1, "values": [1]},
        {"turn": 1, "values": {"x": {"impact": 1}}},
        {"turn": 1, "values": {"-1": {"impact": 1}}},
        {"turn": 1, "values": {"٣": {"impact": 1}}},
        {"turn": 1, "values": {"9" * 20: {"impact": 1}}},
        {"turn": 1, "values": {"1": {"impact": 6}}},
        {"turn": 1, "values": {"1": {"impact": 2.0}}},
        {"turn": 1, "values": {"1": {"impact": True}}},
        {"turn": 1, "values": {"1": {"cost": 2}}},
        {"turn": 1, "values": {"1": None}},
        {"turn": 1, "values": {str(k): {"impact": 1} for k in range(MOST_VOTES + 1)}},
    ],
)
def test_anything_else_is_no_vote(sent):
    assert votes(sent) == (0, {})


def test_a_code_is_read_aloud_in_two_groups():
    assert grouped("ABCD2345") == "ABCD 2345"
