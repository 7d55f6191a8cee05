"""What participants do: no vote lost, doubled, or seen before the reveal; on SQLite and on PostgreSQL."""

import pytest
import sqlalchemy as sa

from genai_core.errors import RoomError
from genai_core.governance import ballots, places, workshop
from genai_core.governance.tables import participants, workshop_dots, workshop_notes, workshop_scores
from genai_core.governance.workshop_watch import read
from tests.governance.conftest import ANNA, BEN, LEADER, go, together

CROWD = [f"{k:048x}" for k in range(100)]


def counted(database, table) -> int:
    with database.read() as c:
        return c.scalar(sa.select(sa.func.count()).select_from(table))


# --- coming and going ------------------------------------------------------------------------------------------------


def test_whoever_drops_and_returns_finds_what_they_left(database, hall, connect):
    code = hall(phase="score1")
    item = read(database, code).items[0].id
    ballots.score(database, code, ANNA, 1, item, {"likelihood": 4, "impact": None})
    again = connect()  # another process, as after a crash
    mine = ballots.mine(again, code, ANNA)
    assert mine.scores == {(1, item, "likelihood"): 4, (1, item, "impact"): None}
    assert ballots.join(again, code, ANNA, "Anna B.") == mine.id
    assert ballots.mine(again, code, ANNA).name == "Anna B." and read(again, code).people == 2
    assert ballots.mine(again, code, BEN).scores == {}
    assert ballots.mine(again, code, "c" * 48) is None


def test_nobody_joins_before_it_begins_or_when_it_is_full(database, hall, monkeypatch):
    early = places.make(database, "Early", "1234").code
    with pytest.raises(RoomError, match="not begun"):
        ballots.join(database, early, ANNA, "Anna")
    code = hall()
    monkeypatch.setattr(ballots, "MOST_PEOPLE", 2)
    with pytest.raises(RoomError, match="takes no more"):
        ballots.join(database, code, "c" * 48, "Cora")
    ballots.join(database, code, ANNA, "Anna")  # who is in stays in
    for name in ("", " ", "x" * 41):
        with pytest.raises(RoomError, match="Write one to"):
            ballots.join(database, code, ANNA, name)
    with pytest.raises(RoomError, match="does not tell who it is"):
        ballots.join(database, code, "", "Nobody")


def test_no_more_join_at_once_than_there_is_room_for(database, hall, monkeypatch):
    code = hall(people=())
    monkeypatch.setattr(ballots, "MOST_PEOPLE", 3)
    found = together([lambda who=who: ballots.join(database, code, who, "x") for who in CROWD[:8]])
    assert sum(isinstance(one, int) for one in found) == 3 and read(database, code).people == 3


# --- scores ----------------------------------------------------------------------------------------------------------


def test_a_vote_again_replaces_the_one_before(database, hall):
    code = hall(risks=1, phase="score1")
    item = read(database, code).items[0].id
    for value in (1, 5, None, 3):
        ballots.score(database, code, ANNA, 1, item, {"likelihood": value, "impact": 2})
    assert counted(database, workshop_scores) == 2
    assert read(database, code).done == 1
    go(database, code, "discuss")
    assert read(database, code).items[0].spreads[1, "likelihood"].counts == (0, 0, 1, 0, 0)


def test_only_points_of_the_scales_are_scores(database, hall):
    code = hall(phase="score1")
    item = read(database, code).items[0].id
    for values in ({}, {"likelihood": 0}, {"likelihood": 6}, {"cost": 3}, {"likelihood": "3"}, {"impact": 2.5}):
        with pytest.raises(RoomError, match="from 1 to 5"):
            ballots.score(database, code, ANNA, 1, item, values)


def test_scores_are_taken_in_their_round_alone(database, hall):
    code = hall(phase="experiment")
    item = read(database, code).items[0].id
    for phase, turn in (("experiment", 1), ("score1", 2), ("discuss", 1), ("score2", 1), ("controls", 2), ("residual", 2), ("dots", 3)):
        go(database, code, phase)
        with pytest.raises(RoomError, match="round"):
            ballots.score(database, code, ANNA, turn, item, {"likelihood": 3})
    assert counted(database, workshop_scores) == 0


def test_nobody_sees_a_score_before_the_reveal(database, hall):
    """Not the facilitator either: nothing that can be read of the room tells 5 from 1."""
    code = hall(phase="score1")
    item = read(database, code).items[0].id

    def seen_with(value: int, turn: int) -> str:
        ballots.score(database, code, ANNA, turn, item, {"likelihood": value, "impact": value})
        return repr(read(database, code)) + repr(ballots.mine(database, code, BEN))

    assert seen_with(1, 1) == seen_with(5, 1)
    assert read(database, code).items[0].voted == {1: 1}
    go(database, code, "discuss")
    assert read(database, code).items[0].spreads[1, "likelihood"].counts == (0, 0, 0, 0, 1)
    go(database, code, "score2")
    assert seen_with(1, 2) == seen_with(5, 2)  # the second round is as silent as the first
    assert set(read(database, code).items[0].spreads) == {(1, "likelihood"), (1, "impact")}
    go(database, code, "residual")
    assert seen_with(1, 3) == seen_with(5, 3)


# --- many at once ----------------------------------------------------------------------------------------------------


def test_a_hundred_vote_at_once_and_every_vote_counts_once(database, hall):
    """Each sends both dimensions twice, as an impatient thumb does."""
    code = hall(risks=1, people=CROWD, phase="score1")
    item = read(database, code).items[0].id

    def vote(place: int) -> None:
        for _ in range(2):
            ballots.score(database, code, CROWD[place], 1, item, {"likelihood": place % 5 + 1, "impact": None if place % 10 == 0 else 3})

    assert together([lambda place=place: vote(place) for place in range(100)]) == [None] * 100
    assert counted(database, workshop_scores) == 200
    go(database, code, "discuss")
    spreads = read(database, code).items[0].spreads
    assert spreads[1, "likelihood"].counts == (20, 20, 20, 20, 20)
    assert (spreads[1, "impact"].counts, spreads[1, "impact"].abstained) == ((0, 0, 90, 0, 0), 10)


def test_no_vote_slips_in_after_the_reveal(database, hall, connect):
    """The facilitator reveals while forty vote: what was shown is what is kept, and who came late is told so."""
    code = hall(risks=1, people=CROWD[:40], phase="score1")
    item, desk = read(database, code).items[0].id, connect()

    def reveal():
        workshop.move(desk, code, LEADER, "score1", "discuss")
        return read(desk, code).items[0].spreads[1, "impact"].n

    def vote(who):
        return ballots.score(database, code, who, 1, item, {"likelihood": 3, "impact": 3})

    shown, *found = together([reveal, *(lambda who=who: vote(who) for who in CROWD[:40])])
    late = [one for one in found if one is not None]
    assert all(isinstance(one, RoomError) and "round is over" in str(one) for one in late)
    assert shown == 40 - len(late) == read(database, code).items[0].spreads[1, "impact"].n


def test_forty_join_write_and_set_dots_at_once(database, hall):
    code = hall(people=(), phase="premortem")
    crowd = CROWD[:40]
    assert all(isinstance(one, int) for one in together([lambda who=who: ballots.join(database, code, who, "x") for who in crowd * 2]))
    assert read(database, code).people == 40
    found = together([lambda who=who: ballots.note(database, code, who, f"Because {who}") for who in crowd * 2])
    assert found == [None] * 80 and read(database, code).written == 40
    go(database, code, "dots")
    workshop.add_action(database, code, LEADER, "Check", "Anna")
    action = read(database, code).actions[0].id
    assert together([lambda who=who: ballots.dot(database, code, who, action, 2) for who in crowd * 2]) == [None] * 80
    assert read(database, code).placed == 80


def test_one_person_cannot_set_more_dots_than_they_have_from_many_windows(database, hall):
    code = hall(phase="dots")
    for k in range(4):
        workshop.add_action(database, code, LEADER, f"Action {k}", "Anna")
    found = together([lambda a=a: ballots.dot(database, code, ANNA, a.id, 3) for a in read(database, code).actions])
    assert sum(one is None for one in found) == 1  # a second three would be six of five
    assert all(one is None or "5 dots in all" in str(one) for one in found)
    assert read(database, code).placed == 3


# --- notes, dissent, dots --------------------------------------------------------------------------------------------


def test_notes_have_no_author_and_are_seen_from_the_round_robin_on(database, hall):
    code = hall(phase="premortem")
    ballots.note(database, code, ANNA, "Nobody  checked")
    ballots.note(database, code, ANNA, "Nobody checked")
    seen = read(database, code)
    assert (seen.written, seen.notes) == (1, ()) and ballots.mine(database, code, ANNA).notes == 1
    assert {column.name for column in workshop_notes.columns} == {"id", "workshop", "text"}
    go(database, code, "robin")
    assert [words for _, words in read(database, code).notes] == ["Nobody checked"]
    with pytest.raises(RoomError, match="during the pre-mortem"):
        ballots.note(database, code, ANNA, "Too late")
    workshop.remove(database, code, LEADER, "note", read(database, code).notes[0][0])
    assert read(database, code).notes == ()


def test_notes_are_bounded(database, hall, monkeypatch):
    monkeypatch.setattr(ballots, "MOST_NOTES", 2)
    code = hall(phase="premortem")
    for k in range(2):
        ballots.note(database, code, ANNA, f"Reason {k}")
    for words in ("Reason 2", "x" * 281, ""):
        with pytest.raises(RoomError):
            ballots.note(database, code, ANNA, words)
    ballots.note(database, code, BEN, "Reason 3")


def test_a_dissent_is_shown_with_the_second_spread_and_can_be_taken_back(database, hall):
    code = hall(risks=1, phase="score1")
    item = read(database, code).items[0].id
    with pytest.raises(RoomError, match="second round"):
        ballots.dissent(database, code, ANNA, item, "No")
    go(database, code, "score2")
    ballots.dissent(database, code, ANNA, item, "We never checked")
    ballots.dissent(database, code, ANNA, item, "We have never checked")
    ballots.dissent(database, code, BEN, item, "Nor I")
    assert read(database, code).items[0].dissents == ()
    go(database, code, "controls")
    assert read(database, code).items[0].dissents == ("Nor I", "We have never checked")
    ballots.dissent(database, code, BEN, item, " ")
    assert read(database, code).items[0].dissents == ("We have never checked",)
    assert ballots.mine(database, code, ANNA).dissents == {item: "We have never checked"}


def test_dots_are_few_and_counted_at_the_close(database, hall):
    code = hall(phase="dots")
    for k in range(3):
        workshop.add_action(database, code, LEADER, f"Action {k}", "Anna")
    first, second, third = (action.id for action in read(database, code).actions)
    ballots.dot(database, code, ANNA, second, 3)
    ballots.dot(database, code, ANNA, third, 2)
    for action, count in ((first, 1), (second, 4), (second, -1)):
        with pytest.raises(RoomError, match="dots"):
            ballots.dot(database, code, ANNA, action, count)
    ballots.dot(database, code, ANNA, third, 1)
    ballots.dot(database, code, ANNA, third, 0)
    ballots.dot(database, code, BEN, first, 1)
    seen = read(database, code)
    assert [action.dots for action in seen.actions] == [None] * 3 and seen.placed == 4 and seen.done == 0
    workshop.remove(database, code, LEADER, "action", third)
    go(database, code, "close")
    assert [(a.text, a.dots, a.voters) for a in read(database, code).actions] == [("Action 1", 3, 1), ("Action 0", 1, 1)]
    with pytest.raises(RoomError, match="during the dot vote"):
        ballots.dot(database, code, BEN, first, 0)
    assert counted(database, workshop_dots) == 2


def test_who_has_not_joined_does_nothing(database, hall):
    code = hall(phase="score1")
    item, stranger = read(database, code).items[0].id, "c" * 48
    for call in (
        lambda: ballots.score(database, code, stranger, 1, item, {"likelihood": 1}),
        lambda: ballots.note(database, code, stranger, "x"),
        lambda: ballots.dissent(database, code, stranger, item, "x"),
        lambda: ballots.dot(database, code, stranger, 1, 1),
        lambda: ballots.score(database, code, LEADER, 1, item, {"likelihood": 1}),  # leading is not taking part
    ):
        with pytest.raises(RoomError, match="Join it first"):
            call()


def test_a_browser_is_another_person_in_another_room(database, hall):
    hall(), hall()
    with database.read() as c:
        who = [row.who for row in c.execute(sa.select(participants))]
    assert len(set(who)) == 4 and not any(ANNA.encode() in one for one in who)
