"""What a facilitator does, and nobody else: on SQLite and on PostgreSQL."""

import datetime as dt
import inspect

import pytest
import sqlalchemy as sa

from genai_core.errors import RoomError
from genai_core.governance import agenda, ballots, places, register, workshop, workshop_record
from genai_core.governance.tables import facilitators, participants, workshop_dots, workshop_scores
from genai_core.governance.workshop_watch import read
from tests.governance.conftest import ANNA, BEN, LEADER, go, together

ACTS = {
    "begin": lambda d, code, token, item: workshop.begin(d, code, token, "Another?"),
    "move": lambda d, code, token, item: workshop.move(d, code, token, "score1", "discuss"),
    "show": lambda d, code, token, item: workshop.show(d, code, token, item),
    "ask": lambda d, code, token, item: workshop.ask(d, code, token, "Another?"),
    "choose": lambda d, code, token, item: workshop.choose(d, code, token, "copying"),
    "add_item": lambda d, code, token, item: workshop.add_item(d, code, token, "Another"),
    "remove_item": lambda d, code, token, item: workshop.remove_item(d, code, token, item),
    "add_control": lambda d, code, token, item: workshop.add_control(d, code, token, item, "preventive", "A check"),
    "add_action": lambda d, code, token, item: workshop.add_action(d, code, token, "Check", "Somebody"),
    "door": lambda d, code, token, item: workshop.door(d, code, token, True),
    "clear": lambda d, code, token, item: workshop.clear(d, code, token, True),
    "remove": lambda d, code, token, item: workshop.remove(d, code, token, "note", "x"),
    "take": lambda d, code, token, item: workshop_record.take(d, code, token, [1]),
    "record": lambda d, code, token, item: workshop_record.record(d, code, token),
}
ANYBODY = {"lead", "leads", "resign"}


def test_every_function_of_the_facilitator_is_tried():
    taking = {
        name
        for module in (workshop, workshop_record)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and "token" in inspect.signature(function).parameters
    } - {"digest", "led"}
    assert taking - ANYBODY == set(ACTS)


def test_nobody_but_the_facilitator_acts(database, hall):
    code, other = hall(phase="score1"), hall(leader="e" * 48)
    register.add(database, code, {"title": "In the register"}, "one")
    before, item = read(database, code), read(database, code).items[0].id
    for act in ACTS.values():
        for token in (ANNA, "", "e" * 48, "f" * 47):  # a participant, nobody, the facilitator of another room, nearly the right one
            with pytest.raises(RoomError, match="Only the facilitator"):
                act(database, code, token, item)
    assert read(database, code) == before
    assert read(database, other).phase == "scope"


def test_a_participant_with_a_wrong_pin_stays_a_participant(database, hall):
    code = hall()
    with pytest.raises(RoomError, match="not the PIN"):
        workshop.lead(database, code, "0000", ANNA)
    assert not workshop.leads(database, code, ANNA)
    workshop.lead(database, code, "1234", ANNA)  # a second facilitator, with the PIN
    assert workshop.leads(database, code, ANNA) and workshop.leads(database, code, LEADER)
    workshop.resign(database, code, ANNA)
    assert not workshop.leads(database, code, ANNA) and workshop.leads(database, code, LEADER)


def test_a_double_click_on_the_pin_leads_once(database, hall):
    code = hall()
    assert together([lambda: workshop.lead(database, code, "1234", ANNA)] * 6) == [None] * 6
    with database.read() as c:
        assert c.scalar(sa.select(sa.func.count()).select_from(facilitators)) == 2


def test_leading_ends_after_a_while(database, hall):
    code = hall()
    later = dt.datetime.now(dt.UTC) + workshop.LEADS + dt.timedelta(minutes=1)
    assert not workshop.leads(database, code, LEADER, lambda: later)
    with pytest.raises(RoomError, match="Only the facilitator"):
        workshop.ask(database, code, LEADER, "Later?", lambda: later)


def test_the_token_is_not_kept(database, hall):
    code = hall()
    with database.read() as c:
        row = c.execute(sa.select(facilitators)).one()
    assert LEADER.encode() not in row.who and len(row.who) == 32
    other = places.make(database, "Other", "1234").code
    workshop.lead(database, other, "1234", LEADER)
    with database.read() as c:
        assert len({found.who for found in c.execute(sa.select(facilitators))}) == 2  # nobody sees that it is the same browser
    assert code != other


def test_a_browser_without_a_token_cannot_lead(database):
    code = places.make(database, "Board", "1234").code
    with pytest.raises(RoomError, match="does not tell who it is"):
        workshop.lead(database, code, "1234", "")


# --- the agenda ------------------------------------------------------------------------------------------------------


def test_a_double_click_skips_no_phase(database, hall):
    code = hall()
    workshop.move(database, code, LEADER, "scope", "premortem")
    with pytest.raises(RoomError, match="moved on"):
        workshop.move(database, code, LEADER, "scope", "premortem")
    assert read(database, code).phase == "premortem"


def test_a_double_click_begins_one_workshop(database):
    code = places.make(database, "Board", "1234").code
    workshop.lead(database, code, "1234", LEADER)
    found = together([lambda: workshop.begin(database, code, LEADER, "May we?")] * 4)
    assert sum(isinstance(one, int) for one in found) == 1
    assert all(isinstance(one, (int, RoomError)) for one in found)


def test_nothing_to_score_is_said(database, hall):
    code = hall(risks=0, phase="experiment")
    with pytest.raises(RoomError, match="nothing to score"):
        workshop.move(database, code, LEADER, "experiment", "score1")
    with pytest.raises(RoomError, match="no such phase"):
        workshop.move(database, code, LEADER, "experiment", "party")


def test_after_the_close_another_begins_empty(database, hall):
    code = hall(phase="close")
    workshop.begin(database, code, LEADER, "And this?", 45)
    seen = read(database, code)
    assert (seen.question, seen.minutes, seen.phase, seen.people, seen.items) == ("And this?", 45, "scope", 0, ())
    with pytest.raises(RoomError, match="holds a workshop already"):
        workshop.begin(database, code, LEADER, "A third?")


def test_a_round_that_was_shown_is_not_opened_again_by_going_back(database, hall):
    code = hall(phase="score1")
    item = read(database, code).items[0].id
    ballots.score(database, code, ANNA, 1, item, {"likelihood": 2, "impact": 2})
    go(database, code, "discuss")
    workshop.move(database, code, LEADER, "discuss", "score1")
    assert read(database, code).turn == 0
    with pytest.raises(RoomError, match="have been shown"):
        ballots.score(database, code, BEN, 1, item, {"likelihood": 5, "impact": 5})
    for change in (lambda: workshop.add_item(database, code, LEADER, "Late"), lambda: workshop.remove_item(database, code, LEADER, item)):
        with pytest.raises(RoomError, match="shown"):
            change()


# --- the door --------------------------------------------------------------------------------------------------------


def test_a_closed_door_lets_nobody_new_in_and_keeps_who_is_in(database, hall, connect):
    code = hall()
    mine = ballots.mine(database, code, ANNA).id
    workshop.door(database, code, LEADER, True)
    again = connect()  # another process
    with pytest.raises(RoomError, match="closed the door"):
        ballots.join(again, code, "c" * 48, "Cora")
    assert ballots.join(again, code, ANNA, "Anna B.") == mine  # who lost the connection comes back
    assert read(again, code).closed and read(again, code).people == 2
    workshop.door(again, code, LEADER, False)
    assert ballots.join(database, code, "c" * 48, "Cora") and not read(database, code).closed
    go(database, code, "score1")
    workshop.door(database, code, LEADER, True)
    go(database, code, "close")
    workshop.begin(database, code, LEADER, "And this?")
    assert not read(database, code).closed  # another workshop begins open


def test_nobody_slips_in_while_the_door_closes(database, hall, connect):
    code, desk = hall(people=()), connect()

    def close() -> int:
        workshop.door(desk, code, LEADER, True)
        return read(desk, code).people

    crowd = [f"{k:048x}" for k in range(20)]
    inside, *found = together([close, *(lambda who=who: ballots.join(database, code, who, "x") for who in crowd)])
    refused = [one for one in found if not isinstance(one, int)]
    assert all(isinstance(one, RoomError) and "closed the door" in str(one) for one in refused)
    assert inside == 20 - len(refused) == read(database, code).people


def test_a_room_filled_with_browsers_that_do_nothing_is_emptied_of_them_alone(database, hall, monkeypatch):
    """Whoever has said anything stays, whatever it was."""
    people = [f"{k:048x}" for k in range(6)]
    voter, writer, dissenter, dotter, here, gone = people
    monkeypatch.setattr(ballots, "MOST_PEOPLE", len(people))
    code, other = hall(people=people, risks=1, phase="premortem"), hall(people=(gone,))
    item = read(database, code).items[0].id
    ballots.note(database, code, writer, "Nobody checked")
    go(database, code, "score1")
    ballots.score(database, code, voter, 1, item, {"impact": None})  # an abstention is a vote
    go(database, code, "score2")
    ballots.dissent(database, code, dissenter, item, "I see it otherwise")
    go(database, code, "dots")
    workshop.add_action(database, code, LEADER, "Check", "Anna")
    ballots.dot(database, code, dotter, read(database, code).actions[0].id, 2)
    with database.write() as c:
        absent = [ballots.mine(database, code, who).id for who in people if who != here]
        c.execute(sa.update(participants).where(participants.c.id.in_(absent)).values(seen=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    seen = read(database, code)
    assert (seen.people, seen.here, seen.idle, seen.left, seen.cleared) == (6, 1, 2, 1, None)
    with pytest.raises(RoomError, match="takes no more"):
        ballots.join(database, code, ANNA, "Anna")

    assert workshop.clear(database, code, LEADER) == 1
    assert ballots.mine(database, code, gone) is None and ballots.mine(database, code, here) is not None
    first = read(database, code).cleared
    assert first is not None and workshop.clear(database, code, LEADER) == 0 and read(database, code).cleared == first
    assert ballots.join(database, code, ANNA, "Anna")  # there is room again

    assert workshop.clear(database, code, LEADER, True) == 2
    kept = {who: ballots.mine(database, code, who) for who in people}
    assert [who for who in people if kept[who] is None] == [here, gone]
    assert kept[voter].scores == {(1, item, "impact"): None} and kept[writer].notes == 1 and kept[dotter].dots and kept[dissenter].dissents
    seen = read(database, code)
    assert (seen.people, seen.idle, seen.written, seen.placed, seen.items[0].dissents) == (4, 0, 1, 2, ("I see it otherwise",))
    assert read(database, other).people == 1  # of another room nobody


def test_no_vote_is_lost_while_those_who_did_nothing_are_removed(database, hall, connect):
    """Whoever's vote was taken is still there with it; whoever was removed first is told to join."""
    crowd = [f"{k:048x}" for k in range(30)]
    code, desk = hall(risks=1, people=crowd, phase="score1"), connect()
    item = read(database, code).items[0].id

    def vote(who: str) -> None:
        ballots.score(database, code, who, 1, item, {"likelihood": 4, "impact": 2})

    removed, *found = together([lambda: workshop.clear(desk, code, LEADER, True), *(lambda who=who: vote(who) for who in crowd)])
    late = [one for one in found if one is not None]
    assert all(isinstance(one, RoomError) and "Join it first" in str(one) for one in late)
    assert removed == len(late)
    seen = read(database, code)
    assert (seen.people, seen.items[0].voted.get(1, 0), seen.idle) == (30 - removed, 30 - removed, 0)


# --- rooms are separate ----------------------------------------------------------------------------------------------


def test_two_rooms_share_nothing(database, hall):
    one, two = hall(phase="score1"), hall(phase="score1", leader="e" * 48, people=(BEN,))
    mine, theirs = read(database, one).items[0].id, read(database, two).items[0].id
    ballots.score(database, one, ANNA, 1, mine, {"likelihood": 5, "impact": 5})
    for call in (
        lambda: ballots.score(database, one, ANNA, 1, theirs, {"likelihood": 5, "impact": 5}),  # a risk of the other room
        lambda: ballots.score(database, two, ANNA, 1, theirs, {"likelihood": 5, "impact": 5}),  # a room that Anna is not in
        lambda: workshop.show(database, one, LEADER, theirs),
        lambda: workshop.add_control(database, one, LEADER, theirs, "preventive", "A check"),
        lambda: workshop.add_action(database, one, LEADER, "Check", "Somebody", item=theirs),
        lambda: workshop.remove_item(database, one, LEADER, theirs),
    ):
        with pytest.raises(RoomError):
            call()
    go(database, one, "dots")
    assert read(database, two).phase == "score1" and read(database, two).items[0].voted == {}
    workshop.add_action(database, one, LEADER, "Check", "Somebody")
    go(database, two, "dots", "e" * 48)
    with pytest.raises(RoomError):
        ballots.dot(database, two, BEN, read(database, one).actions[0].id, 1)
    with database.read() as c:
        assert c.scalar(sa.select(sa.func.count()).select_from(workshop_scores)) == 2
        assert c.scalar(sa.select(sa.func.count()).select_from(workshop_dots)) == 0


# --- what the room works on ------------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(database, hall):
    code = hall(risks=1)
    item = read(database, code).items[0].id
    for _ in range(2):
        workshop.add_item(database, code, LEADER, "  Risk   0 ")
        workshop.add_control(database, code, LEADER, item, "detective", "A log")
        workshop.add_action(database, code, LEADER, "Check", "Anna", dt.date(2030, 1, 2), item)
    seen = read(database, code)
    assert [found.title for found in seen.items] == ["Risk 0"]
    assert [found[1:] for found in seen.items[0].controls] == [("detective", "A log")]
    assert [(a.text, a.owner, a.due, a.item) for a in seen.actions] == [("Check", "Anna", dt.date(2030, 1, 2), item)]


def test_what_is_taken_away_takes_its_votes_along(database, hall):
    code = hall(risks=2, phase="score1")
    item = read(database, code).items[0].id
    ballots.score(database, code, ANNA, 1, item, {"likelihood": 1, "impact": 1})
    workshop.remove_item(database, code, LEADER, item)
    workshop.add_control(database, code, LEADER, read(database, code).items[0].id, "corrective", "A rollback")
    workshop.remove(database, code, LEADER, "control", read(database, code).items[0].controls[0][0])
    seen = read(database, code)
    assert [found.title for found in seen.items] == ["Risk 1"] and seen.items[0].controls == ()
    with database.read() as c:
        assert c.scalar(sa.select(sa.func.count()).select_from(workshop_scores)) == 0


def test_marks_of_the_writing_direction_come_into_no_text_of_a_room(database, hall):
    code, turned = hall(risks=0), "\u202eab\u202c\u200f\u2067"
    workshop.ask(database, code, LEADER, turned)
    workshop.add_item(database, code, LEADER, turned, turned)
    workshop.add_action(database, code, LEADER, turned, turned)
    ballots.join(database, code, ANNA, turned)
    seen = read(database, code)
    assert (seen.question, seen.items[0].title, seen.items[0].detail, seen.actions[0].text, seen.actions[0].owner) == ("ab",) * 5
    assert ballots.mine(database, code, ANNA).name == "ab"
    with pytest.raises(RoomError, match="Write one to"):
        ballots.join(database, code, BEN, "\u200e")  # a name that nobody could see


def test_texts_and_lists_are_bounded(database, hall):
    code = hall(risks=0)
    for k in range(workshop.MOST_ITEMS):
        workshop.add_item(database, code, LEADER, f"Risk {k}")
    for call in (
        lambda: workshop.add_item(database, code, LEADER, "One more"),
        lambda: workshop.ask(database, code, LEADER, "x" * 601),
        lambda: workshop.ask(database, code, LEADER, "   "),
        lambda: workshop.add_action(database, code, LEADER, "x" * 201, "Anna"),
        lambda: workshop.add_action(database, code, LEADER, "Check", ""),
        lambda: workshop.choose(database, code, LEADER, "x" * 41),
        lambda: workshop.add_control(database, code, LEADER, read(database, code).items[0].id, "magic", "A wand"),
    ):
        with pytest.raises(RoomError):
            call()


def test_a_workshop_has_a_length_that_its_agenda_fits(database):
    code = places.make(database, "Board", "1234").code
    workshop.lead(database, code, "1234", LEADER)
    for minutes in (0, 91, 10_000):
        with pytest.raises(RoomError, match="lasts"):
            workshop.begin(database, code, LEADER, "May we?", minutes)
    assert agenda.WHOLE in agenda.LENGTHS
