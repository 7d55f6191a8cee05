"""Rooms: what many visitors answered in one game, as counts. Kept in the memory of this process alone. Torch-free.

A room knows a code, how often each answer was given to each question, and for each browser which questions it has answered, under a
digest that is salted for the room: no names, and not who answered what. A second answer of a browser to a question changes nothing,
so that neither a double click nor a refresh counts twice. (A browser that forgets who it is counts as another one.) Rooms are
forgotten an hour after they were opened.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from genai_core.contracts import N_
from genai_core.errors import ConfigError

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that are read for another
LENGTH = 5
CODE = re.compile(f"[{LETTERS}]{{{LENGTH}}}")
MOST_ROOMS, MOST_PEOPLE, SECONDS = 64, 500, 3600.0
CLOSED = N_("The room {code} is closed: rooms last an hour. Play alone, or open another one.")


@dataclass(frozen=True)
class Pool:
    """What a room holds now: ``counts[question][answer]``, and how many browsers answered anything."""

    counts: tuple[tuple[int, ...], ...]
    people: int
    seconds_left: float


@dataclass
class _Room:
    host: bytes
    until: float
    salt: bytes
    counts: list[list[int]]
    answered: dict[bytes, int] = field(default_factory=dict)  # digest of a browser -> questions, a bit each


class Rooms:
    """All rooms of a process; every method may be called from any thread. ``clock`` is in seconds."""

    def __init__(self, questions: int, answers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.questions, self.answers, self._clock = questions, answers, clock
        self._lock = threading.Lock()
        self._rooms: dict[str, _Room] = {}  # the one opened first comes first
        self._salt = secrets.token_bytes(16)

    def open(self, visitor: str) -> str:
        """The code of a new room, or of the one that this browser has open already. Where there is no more room, the oldest
        that nobody has entered makes place, else the oldest."""
        host = self._digest(self._salt, visitor)
        with self._lock:
            self._forget()
            for code, room in self._rooms.items():
                if room.host == host:
                    return code
            if len(self._rooms) >= MOST_ROOMS:
                empty = (code for code, room in self._rooms.items() if not room.answered)
                del self._rooms[next(empty, next(iter(self._rooms)))]
            code = self._code()
            counts = [[0] * self.answers for _ in range(self.questions)]
            self._rooms[code] = _Room(host, self._clock() + SECONDS, secrets.token_bytes(16), counts)
            return code

    def answer(self, code: str, visitor: str, question: int, answer: int) -> bool:
        """Count an answer; whether it was counted: not if this browser has answered the question before, or the room is full.
        ConfigError where there is no such room, question or answer."""
        if not (0 <= question < self.questions and 0 <= answer < self.answers):
            raise ConfigError(N_("There is no such question or answer."))
        with self._lock:
            room = self._room(code)
            who = self._digest(room.salt, visitor)
            before = room.answered.get(who, 0)
            if before >> question & 1 or (who not in room.answered and len(room.answered) >= MOST_PEOPLE):
                return False
            room.answered[who] = before | 1 << question
            room.counts[question][answer] += 1
            return True

    def pool(self, code: str) -> Pool:
        """What the room holds. ConfigError where it is closed."""
        with self._lock:
            room = self._room(code)
            return Pool(tuple(map(tuple, room.counts)), len(room.answered), room.until - self._clock())

    def __len__(self) -> int:
        with self._lock:
            self._forget()
            return len(self._rooms)

    def _room(self, code: str) -> _Room:
        self._forget()
        if code not in self._rooms:
            raise ConfigError(CLOSED, code=code if CODE.fullmatch(code) else "?")
        return self._rooms[code]

    def _forget(self) -> None:
        now = self._clock()
        for code in [code for code, room in self._rooms.items() if room.until <= now]:
            del self._rooms[code]

    def _code(self) -> str:
        while (code := "".join(secrets.choice(LETTERS) for _ in range(LENGTH))) in self._rooms:
            pass
        return code

    @staticmethod
    def _digest(salt: bytes, visitor: str) -> bytes:
        return hashlib.blake2b(visitor.encode(), key=salt, digest_size=16).digest()


def number(code: str) -> int:
    """The number below 10,000 that a room's code stands for, so that everybody in it is dealt the same pictures."""
    return int.from_bytes(hashlib.blake2b(code.encode(), digest_size=8).digest(), "big") % 10_000
