"""Snapshots: each room read at most once a second whoever asks, and who looks is here."""

import datetime as dt

import pytest
import sqlalchemy as sa

from genai_core import watching
from genai_core.errors import RoomError
from genai_core.governance import ballots, places, workshop, workshop_watch
from genai_core.governance.tables import participants
from genai_core.governance.workshop_watch import Watch, read
from tests.governance.conftest import ANNA, LEADER, go, together


def test_a_room_is_read_once_a_second_however_many_look(database, hall, monkeypatch):
    code, other = hall(), hall()
    reads, at = [], [0.0]
    monkeypatch.setattr(workshop_watch, "read", lambda d, c: reads.append(c) or read(d, c))
    watch = Watch(database, lambda: at[0])
    together([lambda: watch.snapshot(code)] * 20 + [lambda: watch.snapshot(f"{other[:4]} {other[4:].lower()}")] * 5)
    assert sorted(reads) == sorted([code, other])
    workshop.ask(database, code, LEADER, "Changed?")
    assert watch.snapshot(code).question == "May we?"
    watch.forget(code)
    assert watch.snapshot(code).question == "Changed?"
    at[0] = 1.0
    watch.snapshot(code)
    assert reads.count(code) == 3


def test_a_room_that_is_not_there_is_asked_for_once_a_second_too(database, monkeypatch):
    reads, at = [], [0.0]
    monkeypatch.setattr(workshop_watch, "read", lambda d, c: reads.append(c) or read(d, c))
    watch = Watch(database, lambda: at[0])
    for _ in range(3):
        with pytest.raises(RoomError, match="no room with this code"):
            watch.snapshot("ABCDEFGH")
    assert len(reads) == 1


def test_few_rooms_are_kept(database, monkeypatch):
    monkeypatch.setattr(watching, "KEPT", 2)
    watch = Watch(database)
    for _ in range(4):
        watch.snapshot(places.make(database, "Board", "1234").code)
    assert len(watch._entries) == 2


def test_who_looks_is_here_and_who_does_not_is_gone(database, hall, monkeypatch):
    code, at = hall(), [0.0]
    writes = []
    write = database.write
    monkeypatch.setattr(database, "write", lambda: writes.append(1) or write())
    with write() as c:
        c.execute(sa.update(participants).values(seen=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    watch = Watch(database, lambda: at[0])
    assert (watch.snapshot(code).here, watch.snapshot(code).people) == (0, 2)
    anna = ballots.mine(database, code, ANNA).id
    for second in range(1, 12):
        at[0] = second * 1.5
        seen = watch.snapshot(code, anna)
    assert seen.here == 1
    assert len(writes) == 2  # at once, and once more a quarter of a minute later: not at every look


def test_a_spread_of_few_votes_is_told_of_before_it_is_shown(database, hall):
    """Four people, or four votes on one risk among many on the other, are few; abstentions count, or they would be seen."""
    crowd = [f"{k:048x}" for k in range(workshop_watch.FEW)]
    few, code = hall(people=crowd[:-1], phase="score1"), hall(people=crowd, phase="experiment")
    assert (read(database, few).few, read(database, code).few) == ("people", "")
    go(database, code, "score1")
    one, two = (item.id for item in read(database, code).items)
    assert read(database, code).few == ""  # nobody has scored: there is nothing to tell from
    for who in crowd:
        ballots.score(database, code, who, 1, one, {"likelihood": 3, "impact": 3})
    assert read(database, code).few == ""
    for place, who in enumerate(crowd):
        ballots.score(database, code, who, 1, two, {"likelihood": None, "impact": 3})
        assert read(database, code).few == ("votes" if place + 1 < len(crowd) else "")
    go(database, code, "discuss")
    go(database, few, "discuss")
    assert (read(database, few).few, read(database, code).few) == ("", "")  # shown is shown
    go(database, code, "score2")
    ballots.score(database, code, crowd[0], 2, one, {"impact": 1})  # the second round has votes of its own, one dimension is enough
    assert read(database, code).few == "votes"


def test_a_room_without_a_workshop_says_so(database):
    code = places.make(database, "Board", "1234").code
    seen = read(database, code)
    assert (seen.id, seen.title, seen.items, seen.turn) == (0, "Board", (), 0)
