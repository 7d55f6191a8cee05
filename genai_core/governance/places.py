"""Rooms where people decide: each has a code, which opens its register, and a PIN, which makes somebody its facilitator. Torch-free.

A code is eight of 31 letters (2^39.6 of them): nobody finds another's by trying. A PIN is four to eight digits, kept as its scrypt
digest. Five wrong ones within ten minutes close the room to that browser's PINs for as long; fifty, whoever gave them, to everybody's: by
trying, a PIN of four digits takes a day and a half, and a participant who mistypes shuts out nobody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance.database import Database
from genai_core.governance.tables import attempts, rooms
from genai_core.governance.values import line
from genai_core.rooms import LETTERS

LENGTH = 8
CODE = re.compile(f"[{LETTERS}]{{{LENGTH}}}")
PIN = re.compile(r"[0-9]{4,8}")
MOST_ROOMS = 2000
WRONG, WRONG_OF_ALL, WINDOW = 5, 50, dt.timedelta(minutes=10)
KEPT = dt.timedelta(days=365)  # a room that nobody has entered for so long makes place for another
TITLE = 120
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Room:
    code: str
    title: str
    made: dt.datetime


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def make(database: Database, title: str, pin: str, clock: Clock = now) -> Room:
    """A new room. RoomError where the title is empty or too long, the PIN is not four to eight digits, or the host has no place left."""
    title = line(title)
    if not 1 <= len(title) <= TITLE:
        raise RoomError(N_("Give the room a name of one to {most} characters."), most=TITLE)
    if not PIN.fullmatch(pin):
        raise RoomError(N_("A PIN is four to eight digits. Choose one that you will remember: it cannot be read back."))
    salt, code, at = secrets.token_bytes(16), "".join(secrets.choice(LETTERS) for _ in range(LENGTH)), clock()
    with database.write() as c:
        if c.scalar(sa.select(sa.func.count()).select_from(rooms)) >= MOST_ROOMS:
            c.execute(sa.delete(rooms).where(rooms.c.seen < at - KEPT))
            if c.scalar(sa.select(sa.func.count()).select_from(rooms)) >= MOST_ROOMS:
                raise RoomError(N_("This host keeps {most} rooms, and all are in use. Use another host, or ask who runs it."), most=MOST_ROOMS)
        c.execute(sa.insert(rooms).values(code=code, title=title, salt=salt, pin=_digest(salt, pin), made=at, seen=at))
    return Room(code, title, at)


def tidy(code: str) -> str:
    """A code as it was meant: spaces, hyphens and small letters are forgiven."""
    return re.sub(r"[\s-]", "", code).upper()


def enter(database: Database, code: str, clock: Clock = now) -> Room:
    """The room of a code. RoomError where there is none."""
    code = tidy(code)
    with database.read() as c:
        row = c.execute(sa.select(rooms).where(rooms.c.code == code)).one_or_none() if CODE.fullmatch(code) else None
    if row is None:
        raise RoomError(N_("There is no room with this code. A code has eight letters and digits: look at it once more."))
    if clock() - row.seen > dt.timedelta(days=1):
        with database.write() as c:
            c.execute(sa.update(rooms).where(rooms.c.code == code).values(seen=clock()))
    return Room(row.code, row.title, row.made)


def check(database: Database, code: str, pin: str, clock: Clock = now, token: str = "") -> None:
    """Whether somebody may lead the room: RoomError where the PIN is wrong, or too many were wrong lately. ``token``: the browser's."""
    code, at = tidy(code), clock()
    with database.write() as c:
        row = c.execute(sa.select(rooms).where(rooms.c.code == code)).one_or_none()
        if row is None:
            raise RoomError(N_("There is no room with this code. A code has eight letters and digits: look at it once more."))
        c.execute(sa.delete(attempts).where(attempts.c.room == code, attempts.c.at < at - WINDOW))
        who = hashlib.blake2b(token.encode(), key=row.salt, digest_size=16).digest()
        given = c.scalars(sa.select(attempts.c.who).where(attempts.c.room == code)).all()
        closed = given.count(who) >= WRONG or len(given) >= WRONG_OF_ALL
        right = not closed and hmac.compare_digest(row.pin, _digest(row.salt, pin))
        if not closed and not right:
            c.execute(sa.insert(attempts).values(room=code, at=at, who=who))
    if closed:
        raise RoomError(N_("Too many wrong PINs. Wait ten minutes, then try again."))
    if not right:
        raise RoomError(N_("That is not the PIN of this room."))


def _digest(salt: bytes, pin: str) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**13, r=8, p=1, dklen=32)
