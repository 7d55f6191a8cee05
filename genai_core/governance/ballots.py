"""What a participant does in the workshop of a room: join, score, write, dissent, set dots. Torch-free.

A participant is a browser, known by the digest of its token: whoever drops and returns finds what they left. Every vote is one
transaction that looks at the phase and writes, so that no vote slips in after the reveal, is lost, or counts twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import agenda, places
from genai_core.governance.database import Database
from genai_core.governance.places import Clock, now
from genai_core.governance.rating import POINTS, SCALES
from genai_core.governance.tables import (
    participants,
    workshop_actions,
    workshop_dissents,
    workshop_dots,
    workshop_items,
    workshop_notes,
    workshop_scores,
    workshops,
)
from genai_core.governance.workshop import DOTS, MOST_ON_ONE, MOVED, TOKEN, bounded, current, digest, upsert

MOST_PEOPLE, MOST_NOTES = 200, 12
DISSENT_IN = ("score2", "controls", "residual")
SHUT = N_("The facilitator has closed the door of this workshop. Ask for it to be opened, then join.")
NOT_HERE = N_("You are not in this workshop yet. Join it first.")


@dataclass(frozen=True)
class Mine:
    """What one participant has said: ``scores[round, item, dimension]`` (None: abstained), ``dots[action]``, ``dissents[item]``."""

    id: int
    name: str
    notes: int
    scores: Mapping[tuple[int, int, str], int | None] = field(default_factory=dict)
    dots: Mapping[int, int] = field(default_factory=dict)
    dissents: Mapping[int, str] = field(default_factory=dict)


def join(database: Database, code: str, token: str, name: str, clock: Clock = now) -> int:
    """Take part under a nickname, or take another nickname; the participant's id. RoomError where the workshop has not begun, is full, or
    is closed to newcomers."""
    room, name = places.tidy(code), bounded(name, 40)
    if len(token) < TOKEN:
        raise RoomError(N_("This browser does not tell who it is yet. Wait a moment; it has to allow local storage."))
    who = digest(room, token, "participant")
    with database.write() as c:
        workshop = current(c, room, "own")
        mine = c.scalar(sa.select(participants.c.id).where(participants.c.workshop == workshop.id, participants.c.who == who))
        if mine is not None:
            c.execute(sa.update(participants).where(participants.c.id == mine).values(name=name, seen=clock()))
            return int(mine)
        if workshop.closed:
            raise RoomError(SHUT)
        if c.scalar(sa.select(sa.func.count()).where(participants.c.workshop == workshop.id)) >= MOST_PEOPLE:
            full = N_("This workshop has {most} participants already, and takes no more. The facilitator can remove those who have left.")
            raise RoomError(full, most=MOST_PEOPLE)
        row = {"workshop": workshop.id, "who": who, "name": name, "notes": 0, "seen": clock()}
        return int(c.execute(sa.insert(participants).values(**row)).inserted_primary_key[0])


def mine(database: Database, code: str, token: str) -> Mine | None:
    """What this browser has said in the room's workshop; None where it has not joined. Nobody else's scores are in it."""
    room = places.tidy(code)
    newest = sa.select(sa.func.max(workshops.c.id)).where(workshops.c.room == room).scalar_subquery()
    with database.read() as c:
        person = c.execute(
            sa.select(participants).where(participants.c.workshop == newest, participants.c.who == digest(room, token, "participant"))
        ).one_or_none()
        if person is None:
            return None
        scores, dots, dissents = (
            c.execute(sa.select(table).where(table.c.participant == person.id)).all()
            for table in (workshop_scores, workshop_dots, workshop_dissents)
        )
    return Mine(
        person.id, person.name, person.notes,
        {(row.round, row.item, row.dimension): row.value for row in scores},
        {row.action: row.dots for row in dots},
        {row.item: row.text for row in dissents},
    )  # fmt: skip


def score(database: Database, code: str, token: str, turn: int, item: int, values: Mapping[str, int | None]) -> None:
    """Score one risk on the dimensions given; None abstains. ``turn``: the round that the voter saw. A vote again replaces the one
    before. RoomError where the round is over or has not begun."""
    if not values or set(values) - set(SCALES) or set(values.values()) - {None, *POINTS}:
        raise RoomError(N_("A score is a point from 1 to 5, for likelihood or impact."))
    with database.write() as c:
        workshop, me = _here(c, code, token)
        if agenda.BY_KEY[workshop.phase].takes != turn:
            raise RoomError(N_("This round is over. Your earlier scores are kept."))
        if workshop.revealed >= turn:
            raise RoomError(N_("The scores of this round have been shown: they stay as they are."))
        _ours(c, workshop, workshop_items, item)
        rows = [
            {"participant": me.id, "item": item, "round": turn, "dimension": name, "value": value} for name, value in sorted(values.items())
        ]
        _upsert(c, workshop_scores, rows, "value")


def note(database: Database, code: str, token: str, text: str) -> None:
    """Write a reason why it failed. It is kept without its author; the same text a second time changes nothing."""
    text = bounded(text, 280)
    with database.write() as c:
        workshop, me = _here(c, code, token, alone=True)
        if workshop.phase != "premortem":
            raise RoomError(N_("Notes are written during the pre-mortem."))
        known = sa.select(workshop_notes.c.id).where(workshop_notes.c.workshop == workshop.id, workshop_notes.c.text == text)
        if c.scalar(known) is not None:
            return
        if me.notes >= MOST_NOTES:
            raise RoomError(N_("You have written {most} notes, the most there is room for."), most=MOST_NOTES)
        row = {"id": secrets.token_hex(8), "workshop": workshop.id, "text": text}
        added = c.execute(upsert(c, workshop_notes).values(row).on_conflict_do_nothing().returning(workshop_notes.c.id)).all()
        c.execute(sa.update(participants).where(participants.c.id == me.id).values(notes=participants.c.notes + len(added)))


def dissent(database: Database, code: str, token: str, item: int, text: str) -> None:
    """Attach a dissent to a risk, or take it back with an empty text. It is shown and kept without a name."""
    text = bounded(text, 280) if text.strip() else ""
    with database.write() as c:
        workshop, me = _here(c, code, token)
        if workshop.phase not in DISSENT_IN:
            raise RoomError(N_("A dissent is written from the second round until the actions are voted on."))
        _ours(c, workshop, workshop_items, item)
        if text:
            _upsert(c, workshop_dissents, [{"participant": me.id, "item": item, "text": text}], "text")
        else:
            gone = workshop_dissents.c.participant == me.id, workshop_dissents.c.item == item
            c.execute(sa.delete(workshop_dissents).where(*gone))


def dot(database: Database, code: str, token: str, action: int, count: int) -> None:
    """Have ``count`` dots on an action. RoomError where that is more than one action takes, or than the participant has."""
    if not 0 <= count <= MOST_ON_ONE:
        raise RoomError(N_("One action takes {most} of your dots at most."), most=MOST_ON_ONE)
    with database.write() as c:
        workshop, me = _here(c, code, token, alone=True)
        if workshop.phase != "dots":
            raise RoomError(N_("Dots are set during the dot vote."))
        _ours(c, workshop, workshop_actions, action)
        owned = workshop_dots.c.participant == me.id
        others = c.scalar(sa.select(sa.func.coalesce(sa.func.sum(workshop_dots.c.dots), 0)).where(owned, workshop_dots.c.action != action))
        if others + count > DOTS:
            raise RoomError(N_("You have {dots} dots in all. Take one back first."), dots=DOTS)
        c.execute(sa.delete(workshop_dots).where(owned, workshop_dots.c.action == action))
        if count:
            c.execute(sa.insert(workshop_dots).values(participant=me.id, action=action, dots=count))


def _here(c: sa.Connection, code: str, token: str, alone: bool = False) -> tuple[Any, Any]:
    """The workshop, which stays in its phase until this transaction ends, and the participant; ``alone``: no second transaction of
    the same participant runs beside this one."""
    room = places.tidy(code)
    workshop = current(c, room, "share")
    me = sa.select(participants).where(participants.c.workshop == workshop.id, participants.c.who == digest(room, token, "participant"))
    row = c.execute(me.with_for_update() if alone else me).one_or_none()
    if row is None:
        raise RoomError(NOT_HERE)
    return workshop, row


def _ours(c: sa.Connection, workshop: Any, table: sa.Table, row: int) -> None:
    found = sa.select(table.c.id).where(table.c.id == row, table.c.workshop == workshop.id)
    if c.scalar(found.with_for_update(read=True)) is None:
        raise RoomError(MOVED)


def _upsert(c: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], name: str) -> None:
    statement = upsert(c, table).values(rows)
    keys = [column.name for column in table.primary_key]
    c.execute(statement.on_conflict_do_update(index_elements=keys, set_={name: statement.excluded[name]}))
