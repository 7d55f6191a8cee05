"""Rooms: a code opens one, a PIN leads it, and neither is found by trying."""

import datetime as dt

import pytest
import sqlalchemy as sa

from genai_core.errors import RoomError
from genai_core.governance import places
from genai_core.governance.tables import rooms

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def test_a_code_opens_its_room_and_no_other(database):
    one, two = (places.make(database, title, "1234") for title in ("One", "Two"))
    assert one.code != two.code and places.CODE.fullmatch(one.code)
    assert places.enter(database, f" {one.code[:4].lower()}-{one.code[4:]} ").title == "One"
    for wrong in ("", "ABCDEFGH", one.code[:-1], "' OR 1=1 --", "あ" * 8):
        with pytest.raises(RoomError, match="no room"):
            places.enter(database, wrong)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", "12 34"])
def test_a_pin_is_four_to_eight_digits(database, pin):
    with pytest.raises(RoomError, match="four to eight"):
        places.make(database, "One", pin)


@pytest.mark.parametrize("title", ["", "   ", "x" * 121])
def test_a_room_has_a_name(database, title):
    with pytest.raises(RoomError, match="name"):
        places.make(database, title, "1234")


def test_the_pin_is_not_kept(database):
    places.make(database, "One", "98127634")
    with database.read() as c:
        row = c.execute(sa.select(rooms)).one()
    assert b"98127634" not in row.pin and "98127634" not in repr(row)
    with database.read() as c:
        assert len(row.salt) == 16 and len(row.pin) == 32


def test_five_wrong_pins_close_the_room_for_ten_minutes(database):
    room, at = places.make(database, "One", "1234"), [START]
    places.check(database, room.code, "1234", lambda: at[0])
    for k in range(5):
        with pytest.raises(RoomError, match="not the PIN"):
            places.check(database, room.code, f"000{k}", lambda: at[0])
    with pytest.raises(RoomError, match="Too many"):
        places.check(database, room.code, "1234", lambda: at[0])
    at[0] += dt.timedelta(minutes=11)
    places.check(database, room.code, "1234", lambda: at[0])


def test_wrong_pins_of_one_room_do_not_close_another(database):
    one, two = (places.make(database, title, "1234") for title in ("One", "Two"))
    for _ in range(6):
        with pytest.raises(RoomError):
            places.check(database, one.code, "9999")
    places.check(database, two.code, "1234")


def test_wrong_pins_of_one_browser_do_not_shut_out_another(database):
    room = places.make(database, "One", "1234")
    for k in range(6):
        with pytest.raises(RoomError):
            places.check(database, room.code, f"000{k}", token="a" * 48)
    with pytest.raises(RoomError, match="Too many"):
        places.check(database, room.code, "1234", token="a" * 48)
    places.check(database, room.code, "1234", token="b" * 48)


def test_fifty_wrong_pins_close_the_room_whoever_gave_them(database):
    room, at = places.make(database, "One", "1234"), [START]
    for k in range(places.WRONG_OF_ALL):
        with pytest.raises(RoomError, match="not the PIN"):
            places.check(database, room.code, "9999", lambda: at[0], token=f"browser {k}")
    with pytest.raises(RoomError, match="Too many"):
        places.check(database, room.code, "1234", lambda: at[0], token="another")
    at[0] += dt.timedelta(minutes=11)
    places.check(database, room.code, "1234", lambda: at[0], token="another")


def test_a_host_keeps_so_many_rooms_and_the_forgotten_make_place(database, monkeypatch):
    monkeypatch.setattr(places, "MOST_ROOMS", 2)
    old = places.make(database, "Old", "1234", lambda: START)
    places.make(database, "Two", "1234")
    places.make(database, "Three", "1234")
    with pytest.raises(RoomError, match="no room"):
        places.enter(database, old.code)
    with pytest.raises(RoomError, match="keeps 2"):
        places.make(database, "Four", "1234")
