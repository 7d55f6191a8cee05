"""Rooms of a game: counted once each, bounded, forgotten, safe between threads, and without a trace of who said what."""

import threading

import pytest

from genai_core import rooms
from genai_core.errors import ConfigError
from genai_core.rooms import CODE, Rooms


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_an_answer_counts_once_however_often_it_is_given():
    room = Rooms(3, 2)
    code = room.open("host")
    assert room.answer(code, "a", 0, 1) and not room.answer(code, "a", 0, 1) and not room.answer(code, "a", 0, 0)
    assert room.answer(code, "a", 2, 0) and room.answer(code, "b", 0, 0)
    pool = room.pool(code)
    assert pool.counts == ((1, 1), (0, 0), (1, 0)) and pool.people == 2


def test_a_browser_has_one_room_and_others_have_theirs():
    room = Rooms(1, 2)
    code = room.open("host")
    assert room.open("host") == code and CODE.fullmatch(code)
    other = room.open("somebody")
    assert other != code and len(room) == 2
    room.answer(code, "a", 0, 1)
    assert room.pool(other).counts == ((0, 0),)


def test_a_room_is_forgotten_after_an_hour():
    clock = Clock()
    room = Rooms(1, 2, clock)
    code = room.open("host")
    clock.now = rooms.SECONDS - 1
    assert room.pool(code).seconds_left == 1
    clock.now = rooms.SECONDS
    for ask in (lambda: room.pool(code), lambda: room.answer(code, "a", 0, 0)):
        with pytest.raises(ConfigError, match=code):
            ask()
    assert len(room) == 0 and room.open("host") != code


def test_what_is_no_room_question_or_answer_is_refused_and_never_repeated_as_it_came():
    room = Rooms(2, 3)
    code = room.open("host")
    for question, answer in ((2, 0), (-1, 0), (0, 3), (0, -1)):
        with pytest.raises(ConfigError):
            room.answer(code, "a", question, answer)
    with pytest.raises(ConfigError) as caught:
        room.pool("<b>AAAA</b>" * 100)
    assert caught.value.params == {"code": "?"}
    assert room.pool(code).people == 0


def test_rooms_and_the_people_in_them_are_bounded(monkeypatch):
    monkeypatch.setattr(rooms, "MOST_ROOMS", 3)
    monkeypatch.setattr(rooms, "MOST_PEOPLE", 2)
    room = Rooms(2, 2)
    first, second, third = (room.open(str(i)) for i in range(3))
    for code in (first, third):
        room.answer(code, "a", 0, 0)
    fourth = room.open("3")  # the empty one goes, not the oldest
    assert len(room) == 3
    with pytest.raises(ConfigError):
        room.pool(second)
    assert room.answer(first, "b", 0, 0) and not room.answer(first, "c", 0, 0) and room.answer(first, "a", 1, 0)
    room.answer(fourth, "a", 0, 0)
    room.open("4")  # none is empty: the oldest goes
    with pytest.raises(ConfigError):
        room.pool(first)


def test_many_threads_lose_and_double_no_answer():
    room = Rooms(20, 3)
    code = room.open("host")
    start = threading.Barrier(8)

    def play(k):
        start.wait()
        for visitor in range(40):  # every visitor in two threads: a double click on each question
            for question in range(20):
                room.answer(code, f"{k // 2}:{visitor}", question, (visitor + question) % 3)

    threads = [threading.Thread(target=play, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool = room.pool(code)
    assert pool.people == 160 and [sum(row) for row in pool.counts] == [160] * 20


def test_nothing_in_memory_names_a_browser():
    room = Rooms(1, 2)
    code = room.open("token-of-the-host")
    room.answer(code, "token-of-a-player", 0, 1)
    kept = repr(room._rooms)
    assert "token" not in kept
    other = Rooms(1, 2)
    other.answer(other.open("x"), "token-of-a-player", 0, 1)
    digests = [next(iter(next(iter(r._rooms.values())).answered)) for r in (room, other)]
    assert digests[0] != digests[1]  # not to be followed from room to room


def test_a_code_deals_the_same_everywhere():
    assert rooms.number("ABCDE") == rooms.number("ABCDE") and 0 <= rooms.number("ABCDE") < 10_000
    assert len({rooms.number(f"ABCD{letter}") for letter in rooms.LETTERS}) > 25
