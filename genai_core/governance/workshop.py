"""What a facilitator does in the workshop of a room. Every function takes the browser's token, and refuses one that has not given
the room's PIN: a participant cannot act as facilitator. Torch-free.

The token is the random one (192 bits) that a browser keeps for itself, so that a refresh loses nothing. The database holds its
digest, under the room's code, until ``LEADS`` has passed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import agenda, places
from genai_core.governance.database import Database
from genai_core.governance.places import Clock, now
from genai_core.governance.tables import (
    facilitators,
    participants,
    rooms,
    workshop_actions,
    workshop_controls,
    workshop_dissents,
    workshop_dots,
    workshop_items,
    workshop_notes,
    workshop_scores,
    workshops,
)
from genai_core.governance.values import line

LEADS = dt.timedelta(hours=12)
HERE = dt.timedelta(seconds=60)  # whoever was seen within it counts as here
TOKEN = 16  # characters; a browser's has 48
KINDS = {"preventive": N_("Preventive"), "detective": N_("Detective"), "corrective": N_("Corrective")}
MOST_ITEMS, MOST_ACTIONS, MOST_CONTROLS = 12, 20, 12  # in a workshop, in a workshop, for one risk
DOTS, MOST_ON_ONE = 5, 3  # a participant's dots, and how many of them may lie on one action
NOT_LEADING = N_("Only the facilitator can do this. Give the room's PIN to lead it.")
NOT_BEGUN = N_("The workshop of this room has not begun yet.")
MOVED = N_("The workshop has moved on meanwhile. Look again, then press once more.")


def digest(room: str, token: str, part: str) -> bytes:
    """Who a browser is in one room: another digest in every room, and as facilitator another than as participant."""
    return hashlib.blake2b(token.encode(), key=room.encode(), person=part.encode(), digest_size=32).digest()


def bounded(text: str, most: int) -> str:
    """A text on one line, without what the register does not take. RoomError where it is empty or too long."""
    text = line(text)
    if not 1 <= len(text) <= most:
        raise RoomError(N_("Write one to {most} characters."), most=most)
    return text


def upsert(c: sa.Connection, table: sa.Table) -> Any:
    """An insert that can say what happens to a row that is there already, in the database's own dialect."""
    return (sqlite if c.dialect.name == "sqlite" else postgresql).insert(table)


def current(c: sa.Connection, room: str, lock: str = "") -> Any:
    """The latest workshop of a room, or RoomError. ``lock``: "share" keeps it where it is, "own" keeps others out, until the end of
    the transaction (a row's lock on PostgreSQL; on SQLite a writer is alone anyway)."""
    newest = sa.select(workshops).where(workshops.c.room == room).order_by(workshops.c.id.desc()).limit(1)
    row = c.execute(newest.with_for_update(read=lock == "share") if lock else newest).one_or_none()
    if row is None:
        raise RoomError(NOT_BEGUN)
    return row


# --- leading ---------------------------------------------------------------------------------------------------------


def lead(database: Database, code: str, pin: str, token: str, clock: Clock = now) -> None:
    """Make a browser the facilitator of a room. RoomError where the PIN is wrong."""
    room = places.enter(database, code, clock).code
    if len(token) < TOKEN:
        raise RoomError(N_("This browser does not tell who it is yet. Wait a moment; it has to allow local storage."))
    places.check(database, room, pin, clock, token)
    who = digest(room, token, "facilitator")
    with database.write() as c:
        c.execute(sa.delete(facilitators).where(facilitators.c.room == room, facilitators.c.until < clock()))
        row = upsert(c, facilitators).values(room=room, who=who, until=clock() + LEADS)
        c.execute(row.on_conflict_do_update(index_elements=["room", "who"], set_={"until": row.excluded.until}))


def leads(database: Database, code: str, token: str, clock: Clock = now) -> bool:
    """Whether a browser leads the room now."""
    with database.read() as c:
        return _leads(c, places.tidy(code), token, clock)


def resign(database: Database, code: str, token: str) -> None:
    """Lead the room no longer."""
    room = places.tidy(code)
    with database.write() as c:
        c.execute(sa.delete(facilitators).where(facilitators.c.room == room, facilitators.c.who == digest(room, token, "facilitator")))


def _leads(c: sa.Connection, room: str, token: str, clock: Clock) -> bool:
    known = sa.select(facilitators.c.until).where(facilitators.c.room == room, facilitators.c.who == digest(room, token, "facilitator"))
    until = c.scalar(known) if token else None
    return until is not None and until > clock()


def led(c: sa.Connection, room: str, token: str, clock: Clock = now) -> Any:
    """The room's workshop, for its facilitator to change; RoomError for anybody else."""
    if not _leads(c, room, token, clock):
        raise RoomError(NOT_LEADING)
    return current(c, room, "own")


# --- the agenda ------------------------------------------------------------------------------------------------------


def begin(database: Database, code: str, token: str, question: str, minutes: int = agenda.WHOLE, clock: Clock = now) -> int:
    """A new workshop in the room; its id. The one before it must have come to its close."""
    room, question = places.tidy(code), bounded(question, 600)
    if minutes not in agenda.LENGTHS:
        raise RoomError(N_("A workshop lasts {lengths} minutes."), lengths=", ".join(map(str, agenda.LENGTHS)))
    with database.write() as c:
        if not _leads(c, room, token, clock):
            raise RoomError(NOT_LEADING)
        c.execute(sa.select(rooms.c.code).where(rooms.c.code == room).with_for_update())  # a double click begins one
        phase = c.scalar(sa.select(workshops.c.phase).where(workshops.c.room == room).order_by(workshops.c.id.desc()).limit(1))
        if phase not in (None, "close"):
            raise RoomError(N_("This room holds a workshop already. Bring it to its close first."))
        values = {"room": room, "phase": "scope", "since": clock(), "revealed": 0, "question": question, "experiment": ""}
        return int(c.execute(sa.insert(workshops).values(**values, minutes=minutes, made=clock())).inserted_primary_key[0])


def move(database: Database, code: str, token: str, seen: str, to: str, clock: Clock = now) -> None:
    """Go from the phase that the facilitator sees to another. RoomError where it is no longer that one, so that a double click does
    not skip a phase. A round that a phase shows is closed for good."""
    if to not in agenda.BY_KEY:
        raise RoomError(N_("There is no such phase."))
    room = places.tidy(code)
    with database.write() as c:
        workshop = led(c, room, token, clock)
        if workshop.phase != seen:
            raise RoomError(MOVED)
        if agenda.BY_KEY[to].takes and not c.scalar(sa.select(sa.func.count()).where(workshop_items.c.workshop == workshop.id)):
            raise RoomError(N_("There is nothing to score yet. Add a risk first."))
        revealed = max(workshop.revealed, agenda.BY_KEY[to].shows)
        _change(c, workshop, phase=to, since=clock(), revealed=revealed, item=None)


def show(database: Database, code: str, token: str, item: int, clock: Clock = now) -> None:
    """Put one risk before the room."""
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        _own(c, workshop, workshop_items, item)
        _change(c, workshop, item=item)


def ask(database: Database, code: str, token: str, question: str, clock: Clock = now) -> None:
    """Reword what is decided today."""
    question = bounded(question, 600)
    with database.write() as c:
        _change(c, led(c, places.tidy(code), token, clock), question=question)


def choose(database: Database, code: str, token: str, experiment: str, clock: Clock = now) -> None:
    """Choose the experiment that is shown, "" for none."""
    if len(experiment) > 40:
        raise RoomError(N_("There is no such experiment."))
    with database.write() as c:
        _change(c, led(c, places.tidy(code), token, clock), experiment=experiment)


def _change(c: sa.Connection, workshop: Any, **values: Any) -> None:
    c.execute(sa.update(workshops).where(workshops.c.id == workshop.id).values(**values))


def _own(c: sa.Connection, workshop: Any, table: sa.Table, row: int | str) -> None:
    """RoomError where the row is not of this workshop: a row of another room is as good as none."""
    if c.scalar(sa.select(table.c.id).where(table.c.id == row, table.c.workshop == workshop.id)) is None:
        raise RoomError(MOVED)


# --- the door --------------------------------------------------------------------------------------------------------


def door(database: Database, code: str, token: str, closed: bool, clock: Clock = now) -> None:
    """Close the workshop to newcomers, or open it again. Who is in stays in, and comes back after a lost connection."""
    with database.write() as c:
        _change(c, led(c, places.tidy(code), token, clock), closed=closed)


def clear(database: Database, code: str, token: str, here: bool = False, clock: Clock = now) -> int:
    """Remove participants who have done nothing; how many. With ``here`` those too who are still looking. No vote goes with them, and none
    that comes at the same moment is lost: it holds the workshop's row, and so is there before this looks, or is told to join."""
    at = clock()
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        left = [] if here else [participants.c.seen <= at - HERE]
        gone = c.execute(sa.delete(participants).where(participants.c.workshop == workshop.id, idle(), *left)).rowcount
        if gone:
            _change(c, workshop, cleared=at)
        return int(gone)


def idle() -> sa.ColumnElement[bool]:
    """Of a participant: no score, no note, no dissent, no dot."""
    said = (sa.exists().where(table.c.participant == participants.c.id) for table in (workshop_scores, workshop_dissents, workshop_dots))
    return sa.and_(participants.c.notes == 0, *(~one for one in said))


# --- what the room works on ------------------------------------------------------------------------------------------


def add_item(database: Database, code: str, token: str, title: str, detail: str = "", risk: int | None = None, clock: Clock = now) -> None:
    """A risk to be scored. The same title, or the same risk of the register, a second time changes nothing. Not once scores are shown."""
    title, detail = bounded(title, 120), line(detail)[:600]
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        mine = c.execute(sa.select(workshop_items).where(workshop_items.c.workshop == workshop.id)).all()
        if any(row.title == title if risk is None else row.risk == risk for row in mine):
            return
        if workshop.revealed:
            raise RoomError(N_("The first scores have been shown: a risk that comes now would not have been scored in silence."))
        if len(mine) >= MOST_ITEMS:
            raise RoomError(N_("A workshop scores {most} risks at most: more than that, and the last ones get no thought."), most=MOST_ITEMS)
        c.execute(sa.insert(workshop_items).values(workshop=workshop.id, risk=risk, title=title, detail=detail))


def remove_item(database: Database, code: str, token: str, item: int, clock: Clock = now) -> None:
    """Take a risk off the list, and the scores it has. Not once scores are shown."""
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        if workshop.revealed:
            raise RoomError(N_("Scores of this risk have been shown: it stays."))
        _own(c, workshop, workshop_items, item)
        c.execute(sa.delete(workshop_items).where(workshop_items.c.id == item))


def add_control(database: Database, code: str, token: str, item: int, kind: str, text: str, clock: Clock = now) -> None:
    """A control of a risk: preventive, detective or corrective. The same again changes nothing."""
    text = bounded(text, 200)
    if kind not in KINDS:
        raise RoomError(N_("A control is preventive, detective or corrective."))
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        _own(c, workshop, workshop_items, item)
        known = c.execute(sa.select(workshop_controls).where(workshop_controls.c.item == item)).all()
        if any((row.kind, row.text) == (kind, text) for row in known):
            return
        if len(known) >= MOST_CONTROLS:
            raise RoomError(N_("A risk has {most} controls at most."), most=MOST_CONTROLS)
        c.execute(sa.insert(workshop_controls).values(item=item, kind=kind, text=text))


def add_action(
    database: Database, code: str, token: str, text: str, owner: str, due: dt.date | None = None, item: int | None = None, clock: Clock = now
) -> None:
    """An action to vote on, with who answers for it, by when, and the risk that it is about. The same again changes nothing."""
    text, owner = bounded(text, 200), bounded(owner, 80)
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        known = c.execute(sa.select(workshop_actions).where(workshop_actions.c.workshop == workshop.id)).all()
        if any((row.text, row.owner) == (text, owner) for row in known):
            return
        if len(known) >= MOST_ACTIONS:
            raise RoomError(N_("A workshop votes on {most} actions at most."), most=MOST_ACTIONS)
        if item is not None:
            _own(c, workshop, workshop_items, item)
        c.execute(sa.insert(workshop_actions).values(workshop=workshop.id, item=item, text=text, owner=owner, due=due))


def remove(database: Database, code: str, token: str, kind: str, row: int | str, clock: Clock = now) -> None:
    """Take away a ``note``, an ``action`` (with its dots) or a ``control``."""
    with database.write() as c:
        workshop = led(c, places.tidy(code), token, clock)
        if kind == "control":
            ours = sa.select(workshop_items.c.id).where(workshop_items.c.workshop == workshop.id)
            c.execute(sa.delete(workshop_controls).where(workshop_controls.c.id == row, workshop_controls.c.item.in_(ours)))
            return
        table = {"note": workshop_notes, "action": workshop_actions}[kind]
        _own(c, workshop, table, row)
        c.execute(sa.delete(table).where(table.c.id == row))
