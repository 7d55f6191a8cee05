"""The register of a room: its risks, every change of them, and the results of its workshops. Torch-free.

Every change is one transaction under a lock of the room, and is written down with who, when, and the fields before and after. A change
names the version it was made on, so that nobody overwrites what somebody else has just saved.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import rating
from genai_core.governance import values as specs
from genai_core.governance.database import Database
from genai_core.governance.fields import Evidence, Value
from genai_core.governance.fields import fields as every
from genai_core.governance.places import Clock, now, tidy
from genai_core.governance.tables import risk_changes, rooms
from genai_core.governance.tables import risks as table

MOST_RISKS = 500
MOST_STORED = 1_600_000  # characters of all its risks, so that a file of it stays below what an import takes
MOST_CHANGES = 5_000  # of a room: the oldest go first
WHO = 80


@dataclass(frozen=True)
class Risk:
    """A risk as it is now. ``values`` holds every field of ``fields.fields()``; ``version`` is 1 when it is added."""

    number: int
    version: int
    values: Mapping[str, Value]
    made: dt.datetime
    changed: dt.datetime
    who: str
    key: str = ""

    @property
    def title(self) -> str:
        return str(self.values["title"])

    def band(self, when: str = "inherent") -> rating.Band | None:
        """The band it falls into, ``when``: "inherent" or "residual"; None where it is not rated."""
        return rating.band(self.values[f"{when}_likelihood"], self.values[f"{when}_impact"])

    @property
    def beyond(self) -> bool:
        """Whether it lies above what is tolerated: its residual rating, or its inherent one where there is none."""
        return rating.beyond(self.band("residual") or self.band("inherent"), str(self.values["tolerance"]))


@dataclass(frozen=True)
class Change:
    """``before`` and ``after`` hold the fields that changed. ``kind``: added, changed, removed, decided or replaced."""

    number: int
    version: int
    at: dt.datetime
    who: str
    kind: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]


@dataclass(frozen=True)
class Votes:
    """What a workshop came to on one risk: medians and interquartile ranges of ``n`` silent votes, in points of the scales, which for
    whole votes are quarters of a point.

    ``rating``: which rating was voted on, "inherent" or "residual". ``more``: other fields that the workshop decided (owner, due,
    decision, approver, response_text …).
    """

    n: int
    likelihood: float
    likelihood_spread: float
    impact: float
    impact_spread: float
    dissent: str = ""
    rating: str = "inherent"
    more: Mapping[str, Any] = field(default_factory=dict)


class Conflict(RoomError):
    """Somebody else has changed the risk meanwhile. ``now``: as it is, None where it was removed."""

    def __init__(self, now: Risk | None) -> None:
        text = N_("Somebody else has changed this risk meanwhile. Nothing was lost: compare, then keep theirs or put yours on top.")
        gone = N_("Somebody else has removed this risk meanwhile. What you wrote is still here: you can add it anew.")
        super().__init__(text if now else gone)
        self.now = now


def risks(database: Database, code: str) -> list[Risk]:
    """The risks of a room by number. RoomError where there is no such room."""
    with database.read() as c:
        return _all(c, _known(c, code))


def add(database: Database, code: str, draft: Mapping[str, Any], key: str, who: str = "", clock: Clock = now) -> Risk:
    """A new risk. The same ``key`` again changes nothing and answers with the risk that it made. FieldError, RoomError where the room
    is full."""
    return add_all(database, code, [(key, draft)], who, clock)[0]


def add_all(database: Database, code: str, drafts: Sequence[tuple[str, Mapping[str, Any]]], who: str = "", clock: Clock = now) -> list[Risk]:
    """Several new risks in one transaction, each with its key: all or none."""
    checked = [(key[:80], specs.checked(draft)) for key, draft in drafts]
    with database.write() as c:
        room, at, made = _known(c, code, lock=True), clock(), []
        for key, values in checked:
            row = c.execute(sa.select(table).where(table.c.room == room, table.c.key == key)).one_or_none()
            made.append(_risk(row) if row else _insert(c, room, _next(c, room), values, key, _name(who), at, "added"))
        _bounded(c, room)
    return made


def change(
    database: Database, code: str, number: int, fields: Mapping[str, Any], version: int, who: str = "", kind: str = "changed", clock: Clock = now
) -> Risk:
    """Change some fields of the risk as it was in ``version``. Conflict where somebody else was first; what is already so is no change."""
    wanted = specs.checked(fields, whole=False)
    with database.write() as c:
        room = _known(c, code, lock=True)
        risk = _one(c, room, number)
        if risk is None:
            raise Conflict(None)
        if all(risk.values[name] == value for name, value in wanted.items()):
            return risk
        if risk.version != version:
            raise Conflict(risk)
        return _update(c, room, risk, wanted, _name(who), clock(), kind)


def remove(database: Database, code: str, number: int, version: int, who: str = "", clock: Clock = now) -> None:
    """Take a risk out; its history stays. Conflict where somebody else has changed it, nothing where it is gone already."""
    with database.write() as c:
        room = _known(c, code, lock=True)
        risk = _one(c, room, number)
        if risk is None:
            return
        if risk.version != version:
            raise Conflict(risk)
        _delete(c, room, risk, _name(who), clock(), "removed")


def replace(
    database: Database, code: str, drafts: Sequence[tuple[int | None, Mapping[str, Any]]], who: str = "", clock: Clock = now
) -> list[Risk]:
    """Everything out and these in, in one transaction. A draft keeps its number where it has one that is not given twice."""
    checked = [(number, specs.checked(draft)) for number, draft in drafts]
    with database.write() as c:
        room, at, name = _known(c, code, lock=True), clock(), _name(who)
        for risk in _all(c, room):
            _delete(c, room, risk, name, at, "replaced")
        free = max([number or 0 for number, _ in checked] + [_next(c, room) - 1]) + 1
        given: set[int] = set()
        for number, values in checked:
            if number is None or number in given:
                number, free = free, free + 1
            given.add(number)
            _insert(c, room, number, values, f"number:{number}", name, at, "added")
        _bounded(c, room)
        return _all(c, room)


def attach(database: Database, code: str, number: int, evidence: Evidence, who: str = "", clock: Clock = now) -> Risk:
    """A card of the lab as evidence of a risk. One that it has already (the same run) changes nothing."""
    with database.write() as c:
        room = _known(c, code, lock=True)
        risk = _one(c, room, number)
        if risk is None:
            raise Conflict(None)
        if any(has.run == evidence.run and has.experiment == evidence.experiment for has in risk.values["evidence"]):
            return risk
        more = specs.checked({"evidence": (*risk.values["evidence"], evidence)}, whole=False)
        return _update(c, room, risk, more, _name(who), clock(), "changed")


def decide(database: Database, code: str, number: int, votes: Votes, key: str, who: str = "", clock: Clock = now) -> Risk:
    """The result of a workshop, on top of whatever version there is: votes are of the room, so they yield to nobody.

    The rating becomes the median; between two points the higher one. The same ``key`` again changes nothing.
    """
    if votes.rating not in ("inherent", "residual"):
        raise ValueError(votes.rating)
    wanted = specs.checked(
        dict(votes.more)
        | {
            "votes_n": votes.n,
            "votes_likelihood": votes.likelihood,
            "votes_likelihood_spread": votes.likelihood_spread,
            "votes_impact": votes.impact,
            "votes_impact_spread": votes.impact_spread,
            f"{votes.rating}_likelihood": math.ceil(votes.likelihood),
            f"{votes.rating}_impact": math.ceil(votes.impact),
            **({"dissent": votes.dissent} if votes.dissent else {}),
        },
        whole=False,
    )
    with database.write() as c:
        room = _known(c, code, lock=True)
        risk = _one(c, room, number)
        if risk is None:
            raise Conflict(None)
        if c.execute(sa.select(risk_changes.c.id).where(risk_changes.c.room == room, risk_changes.c.key == key[:80])).first():
            return risk
        return _update(c, room, risk, wanted, _name(who), clock(), "decided", key[:80])


def history(database: Database, code: str, number: int | None = None, most: int = 200) -> list[Change]:
    """The changes of a risk, or of the whole room, newest first."""
    with database.read() as c:
        room = _known(c, code)
        asked = sa.select(risk_changes).where(risk_changes.c.room == room).order_by(risk_changes.c.id.desc()).limit(most)
        rows = c.execute(asked if number is None else asked.where(risk_changes.c.number == number)).all()
    return [Change(row.number, row.version, row.at, row.who, row.kind, _some(row.before), _some(row.after)) for row in rows]


# --- inside a transaction --------------------------------------------------------------------------------------------


def _known(c: sa.Connection, code: str, lock: bool = False) -> str:
    """The code of a room that exists. ``lock``: nobody else writes to it until the transaction ends."""
    asked = sa.select(rooms.c.code).where(rooms.c.code == tidy(code))
    found = c.scalar(asked.with_for_update() if lock else asked)
    if found is None:
        raise RoomError(N_("There is no room with this code. A code has eight letters and digits: look at it once more."))
    return str(found)


def _all(c: sa.Connection, room: str) -> list[Risk]:
    return [_risk(row) for row in c.execute(sa.select(table).where(table.c.room == room).order_by(table.c.number))]


def _one(c: sa.Connection, room: str, number: int) -> Risk | None:
    row = c.execute(sa.select(table).where(table.c.room == room, table.c.number == number)).one_or_none()
    return _risk(row) if row else None


def _risk(row: Any) -> Risk:
    return Risk(row.number, row.version, specs.restore(row.fields), row.made, row.changed, row.who, row.key)


def _some(stored: Mapping[str, Any]) -> dict[str, Value]:
    whole = specs.restore(stored)
    return {name: whole[name] for name in stored if name in whole}


def _next(c: sa.Connection, room: str) -> int:
    used = [c.scalar(sa.select(sa.func.max(where.c.number)).where(where.c.room == room)) or 0 for where in (table, risk_changes)]
    return max(used) + 1


def _insert(c: sa.Connection, room: str, number: int, values: Mapping[str, Value], key: str, who: str, at: dt.datetime, kind: str) -> Risk:
    stored = specs.plain(values)
    c.execute(sa.insert(table).values(room=room, number=number, version=1, key=key, fields=stored, made=at, changed=at, who=who))
    after = {name: stored[name] for name, value in values.items() if value != every()[name].empty}
    _note(c, room, number, 1, who, at, kind, {}, after)
    return Risk(number, 1, values, at, at, who, key)


def _update(
    c: sa.Connection, room: str, risk: Risk, wanted: Mapping[str, Value], who: str, at: dt.datetime, kind: str, key: str | None = None
) -> Risk:
    new = {name: value for name, value in wanted.items() if risk.values[name] != value}
    values = {**risk.values, **new}
    there = (table.c.room == room) & (table.c.number == risk.number)
    c.execute(sa.update(table).where(there).values(version=risk.version + 1, fields=specs.plain(values), changed=at, who=who))
    _note(c, room, risk.number, risk.version + 1, who, at, kind, {name: risk.values[name] for name in new}, new, key)
    _bounded(c, room)
    return Risk(risk.number, risk.version + 1, values, risk.made, at, who, risk.key)


def _delete(c: sa.Connection, room: str, risk: Risk, who: str, at: dt.datetime, kind: str) -> None:
    c.execute(sa.delete(table).where(table.c.room == room, table.c.number == risk.number))
    before = {name: value for name, value in risk.values.items() if value != every()[name].empty}
    _note(c, room, risk.number, risk.version, who, at, kind, before, {})


def _note(
    c: sa.Connection, room: str, number: int, version: int, who: str, at: dt.datetime, kind: str, before: Mapping[str, Any],
    after: Mapping[str, Any], key: str | None = None,
) -> None:  # fmt: skip
    row = {"room": room, "number": number, "version": version, "at": at, "who": who, "kind": kind, "key": key}
    c.execute(sa.insert(risk_changes).values(**row, before=specs.plain(before), after=specs.plain(after)))


def _bounded(c: sa.Connection, room: str) -> None:
    if c.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.room == room)) > MOST_RISKS:
        raise RoomError(N_("A register holds {most} risks. Close the room's old ones, or begin another room."), most=MOST_RISKS)
    stored = sa.func.sum(sa.func.length(sa.cast(table.c.fields, sa.Text)))
    if (c.scalar(sa.select(stored).where(table.c.room == room)) or 0) > MOST_STORED:
        raise RoomError(N_("The register is full: with this it would no longer fit into a file that can be imported. Shorten some texts."))
    ours = risk_changes.c.room == room
    last = c.scalar(sa.select(risk_changes.c.id).where(ours).order_by(risk_changes.c.id.desc()).offset(MOST_CHANGES).limit(1))
    if last is not None:
        c.execute(sa.delete(risk_changes).where(ours, risk_changes.c.id <= last))


def _name(who: str) -> str:
    """Who changed it, as they call themselves: one line, bounded."""
    return specs.line(who)[:WHO]
