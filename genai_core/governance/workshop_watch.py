"""What everybody in a room may see, as immutable snapshots: each room read at most once a second whoever asks. Torch-free.

Nobody gets another's scores, notes, dots or dissent out of here before they are revealed, the facilitator neither: before that a
snapshot says only how many have spoken. It never says who.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import agenda, places
from genai_core.governance.database import Database
from genai_core.governance.rating import SCALES
from genai_core.governance.spread import Spread, spread
from genai_core.governance.tables import (
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
from genai_core.governance.workshop import DOTS, HERE, idle
from genai_core.watching import Entry, Watching

NOTE_SEEN = 15.0  # seconds between two writes of who was seen
FEW = 5  # below so many voters whoever takes their own vote off a spread of five points has at most three left to put names to


@dataclass(frozen=True)
class Item:
    """``spreads[round, dimension]``: of revealed rounds alone. ``voted[round]``: how many have scored both dimensions."""

    id: int
    risk: int | None
    title: str
    detail: str
    spreads: Mapping[tuple[int, str], Spread]
    voted: Mapping[int, int]
    dissents: tuple[str, ...]
    controls: tuple[tuple[int, str, str], ...]  # id, kind, text


@dataclass(frozen=True)
class Action:
    """``dots`` is None until the vote is closed."""

    id: int
    item: int | None
    text: str
    owner: str
    due: dt.date | None
    dots: int | None
    voters: int | None


@dataclass(frozen=True)
class Snapshot:
    """A room's workshop. ``id`` is 0 where none has begun; then nothing but code and title means anything."""

    code: str
    title: str
    id: int = 0
    phase: str = "scope"
    since: dt.datetime | None = None
    revealed: int = 0
    shown: int | None = None
    question: str = ""
    experiment: str = ""
    minutes: int = agenda.WHOLE
    recorded: dt.datetime | None = None
    people: int = 0
    here: int = 0
    idle: int = 0  # participants who have done nothing yet
    left: int = 0  # of these, who is not here
    closed: bool = False  # to newcomers
    cleared: dt.datetime | None = None  # when participants were last removed
    items: tuple[Item, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()  # id, text; empty until the round robin
    written: int = 0  # notes
    done: int = 0  # participants who have scored every risk of the open round, or set all their dots
    fewest: int = 0  # who have scored a risk of the open round, where they are fewest; 0 as long as nobody has scored
    actions: tuple[Action, ...] = ()
    placed: int = 0  # dots

    @property
    def turn(self) -> int:
        """The round that is being scored, 0 for none."""
        takes = agenda.BY_KEY[self.phase].takes
        return takes if takes > self.revealed else 0

    @property
    def few(self) -> str:
        """Whether the spread of the open round would tell who said what: "people" where too few take part, "votes" where too few have
        scored so far, else ""."""
        if not self.turn:
            return ""
        return "people" if self.people < FEW else "votes" if 0 < self.fewest < FEW else ""


def read(database: Database, code: str, now: dt.datetime | None = None) -> Snapshot:
    """The room as it stands. RoomError where there is none."""
    code, now = places.tidy(code), now or dt.datetime.now(dt.UTC)
    with database.read() as c:
        room = c.execute(sa.select(rooms.c.code, rooms.c.title).where(rooms.c.code == code)).one_or_none()
        if room is None:
            raise RoomError(N_("There is no room with this code. A code has eight letters and digits: look at it once more."))
        row = c.execute(sa.select(workshops).where(workshops.c.room == code).order_by(workshops.c.id.desc()).limit(1)).one_or_none()
        return Snapshot(room.code, room.title) if row is None else _whole(c, room, row, now)


def _whole(c: sa.Connection, room: Any, row: Any, now: dt.datetime) -> Snapshot:
    at = agenda.ORDER.index(row.phase)
    counted = sa.func.count()
    here = participants.c.seen > now - HERE
    people, near, quiet, left = c.execute(
        sa.select(counted, counted.filter(here), counted.filter(idle()), counted.filter(idle(), ~here)).where(participants.c.workshop == row.id)
    ).one()
    items = _items(c, row)
    notes = c.execute(sa.select(workshop_notes).where(workshop_notes.c.workshop == row.id).order_by(workshop_notes.c.id)).all()
    actions, placed, spent = _actions(c, row)
    turn = agenda.BY_KEY[row.phase].takes
    done = _done(c, row.id, turn, len(items)) if turn else spent
    return Snapshot(
        room.code, room.title, row.id, row.phase, row.since, row.revealed, row.item, row.question, row.experiment, row.minutes,
        row.recorded, people, near, quiet, left, row.closed, row.cleared, items,
        tuple((note.id, note.text) for note in notes) if at >= agenda.ORDER.index("robin") else (),
        len(notes), done, _fewest(c, row.id, turn) if turn else 0, actions, placed,
    )  # fmt: skip


def _items(c: sa.Connection, row: Any) -> tuple[Item, ...]:
    items = c.execute(sa.select(workshop_items).where(workshop_items.c.workshop == row.id).order_by(workshop_items.c.id)).all()
    ours = workshop_scores.c.item.in_([item.id for item in items])
    scores, counted = workshop_scores.c, sa.func.count()
    votes: dict[tuple[int, int, str], dict[int | None, int]] = defaultdict(dict)
    lines = sa.select(scores.item, scores.round, scores.dimension, scores.value, counted).where(ours, scores.round <= row.revealed)
    for item, turn, dimension, value, n in c.execute(lines.group_by(scores.item, scores.round, scores.dimension, scores.value)):
        votes[item, turn, dimension][value] = n
    whole = sa.select(scores.item, scores.round, scores.participant).where(ours).group_by(scores.item, scores.round, scores.participant)
    whole = whole.having(counted == len(SCALES)).subquery()
    voted: dict[int, dict[int, int]] = defaultdict(dict)
    for item, turn, n in c.execute(sa.select(whole.c.item, whole.c.round, counted).group_by(whole.c.item, whole.c.round)):
        voted[item][turn] = n
    dissents, controls = defaultdict(list), defaultdict(list)
    if row.revealed >= 2:
        found = sa.select(workshop_dissents.c.item, workshop_dissents.c.text)
        for item, text in c.execute(found.where(workshop_dissents.c.item.in_([i.id for i in items])).order_by(workshop_dissents.c.text)):
            dissents[item].append(text)
    for line in c.execute(sa.select(workshop_controls).where(workshop_controls.c.item.in_([i.id for i in items])).order_by(workshop_controls.c.id)):
        controls[line.item].append((line.id, line.kind, line.text))
    return tuple(
        Item(
            item.id, item.risk, item.title, item.detail,
            {(turn, name): spread(votes[item.id, turn, name]) for turn in range(1, row.revealed + 1) for name in SCALES},
            voted[item.id], tuple(dissents[item.id]), tuple(controls[item.id]),
        )
        for item in items
    )  # fmt: skip


def _actions(c: sa.Connection, row: Any) -> tuple[tuple[Action, ...], int, int]:
    """The actions, those with most dots first once these are shown; dots placed; participants who have set all of theirs."""
    actions = c.execute(sa.select(workshop_actions).where(workshop_actions.c.workshop == row.id).order_by(workshop_actions.c.id)).all()
    lines = c.execute(sa.select(workshop_dots).where(workshop_dots.c.action.in_([action.id for action in actions]))).all()
    dots, voters, spent = defaultdict(int), defaultdict(int), defaultdict(int)
    for line in lines:
        dots[line.action] += line.dots
        voters[line.action] += 1
        spent[line.participant] += line.dots
    open_ = row.phase == "close"
    found = [
        Action(a.id, a.item, a.text, a.owner, a.due, dots[a.id] if open_ else None, voters[a.id] if open_ else None) for a in actions
    ]  # fmt: skip
    found.sort(key=lambda action: -(action.dots or 0))
    return tuple(found), sum(dots.values()), sum(count == DOTS for count in spent.values())


def _done(c: sa.Connection, workshop: int, turn: int, items: int) -> int:
    scores = workshop_scores.c
    each = (
        sa.select(scores.participant)
        .join(participants, participants.c.id == scores.participant)
        .where(participants.c.workshop == workshop, scores.round == turn)
        .group_by(scores.participant)
        .having(sa.func.count() == items * len(SCALES))
    ).subquery()
    return int(c.scalar(sa.select(sa.func.count()).select_from(each)) or 0)


def _fewest(c: sa.Connection, workshop: int, turn: int) -> int:
    """Abstentions count as scores: that they are none is not to be seen before the reveal."""
    scores = workshop_scores.c
    each = (
        sa.select(sa.func.count().label("n"))
        .join_from(workshop_scores, workshop_items)
        .where(workshop_items.c.workshop == workshop, scores.round == turn)
        .group_by(scores.item, scores.dimension)
    ).subquery()
    return int(c.scalar(sa.select(sa.func.min(each.c.n))) or 0)


# --- one reading for many viewers ------------------------------------------------------------------------------------


@dataclass
class _Entry(Entry):
    seen: set[int] = field(default_factory=set)  # participants since the last note of it
    noted: float = -math.inf


class Watch(Watching[_Entry]):
    """Snapshots of the rooms of a database; who looks is noted as here, for all of a room in one write."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(_Entry, clock)
        self.database = database

    def snapshot(self, code: str, participant: int = 0) -> Snapshot:
        """The room as it stood at most a second ago. ``participant``: who looks, 0 for anybody. RoomError where there is none."""
        return self._look(_key(code), lambda entry: entry.seen.add(participant) if participant else None)

    def forget(self, code: str) -> None:
        super().forget(_key(code))

    def _read(self, key: str, entry: _Entry, at: float) -> None:
        self._note(entry, at)
        entry.snapshot = read(self.database, key)

    def _note(self, entry: _Entry, at: float) -> None:
        if entry.seen and at - entry.noted >= NOTE_SEEN:
            now = dt.datetime.now(dt.UTC)
            with self.database.write() as c:
                c.execute(sa.update(participants).where(participants.c.id.in_(sorted(entry.seen))).values(seen=now))
            entry.seen, entry.noted = set(), at


def _key(code: str) -> str:
    return places.tidy(code)[: places.LENGTH + 1]  # a longer one is no room's, and would be kept
