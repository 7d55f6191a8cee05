"""Drafts: what somebody writes and has not saved is there again for the same browser, and for no other."""

import datetime as dt

import pytest

from genai_core.errors import RoomError
from genai_core.governance import drafts, places

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def room(database):
    return places.make(database, "Credit", "1234").code


def test_what_was_touched_is_there_again_in_another_process(database, room, connect):
    first = drafts.keep(database, room, "me", 3, 2, {"owner": "Ada"})
    again = drafts.keep(database, room, "me", 3, 9, {"due": "2026-12-01", "nonsense": 1})
    assert again.key == first.key and again.version == 2
    found = drafts.read(connect(), room.lower(), "me", 3)
    assert found == again and dict(found.values) == {"owner": "Ada", "due": "2026-12-01"}


def test_a_draft_is_its_writers_alone(database, room):
    other = places.make(database, "Other", "1234").code
    drafts.keep(database, room, "me", 0, 0, {"owner": "Ada"})
    assert drafts.read(database, room, "you", 0) is None and drafts.read(database, other, "me", 0) is None
    assert drafts.mine(database, room, "me") == [0] and drafts.mine(database, room, "you") == []


def test_a_dropped_draft_is_gone_and_the_next_has_another_key(database, room):
    first = drafts.keep(database, room, "me", 0, 0, {"owner": "Ada"})
    drafts.drop(database, room, "me", 0)
    assert drafts.read(database, room, "me", 0) is None
    assert drafts.keep(database, room, "me", 0, 0, {}).key != first.key


def test_a_draft_moves_to_a_newer_version_and_keeps_its_words(database, room):
    drafts.keep(database, room, "me", 1, 1, {"owner": "Ada"})
    drafts.rebase(database, room, "me", 1, 4)
    assert drafts.read(database, room, "me", 1).version == 4
    assert dict(drafts.read(database, room, "me", 1).values) == {"owner": "Ada"}


def test_drafts_are_bounded_and_the_forgotten_go(database, room, monkeypatch):
    with pytest.raises(RoomError, match="more than a draft"):
        drafts.keep(database, room, "me", 1, 1, {"description": "x" * drafts.MOST_BYTES})
    assert drafts.read(database, room, "me", 1) is None
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    drafts.keep(database, room, "old", 1, 1, {"owner": "Ada"}, lambda: START)
    drafts.keep(database, room, "me", 1, 1, {"owner": "Ada"})
    assert drafts.mine(database, room, "old") == []
    with pytest.raises(RoomError, match="Too many"):
        drafts.keep(database, room, "third", 1, 1, {"owner": "Ada"})
