"""What somebody is writing and has not saved, kept with the room for one browser: a refresh or a crash loses none of it. Torch-free."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from genai_core.contracts import N_
from genai_core.errors import RoomError
from genai_core.governance import fields
from genai_core.governance.database import Database
from genai_core.governance.places import Clock, now, tidy
from genai_core.governance.tables import risk_drafts as table

NEW = 0  # the number of a risk that is not in the register yet
MOST_BYTES, MOST_DRAFTS = 120_000, 2_000  # of a draft, of a room
KEPT = dt.timedelta(days=30)


@dataclass(frozen=True)
class Draft:
    """``values``: the fields that were touched, as JSON has them and unchecked; ``version``: of the risk they were touched on.

    ``key``: under which a new risk is added, so that saving twice adds once.
    """

    number: int
    version: int
    key: str
    values: Mapping[str, Any]


def read(database: Database, code: str, owner: str, number: int) -> Draft | None:
    with database.read() as c:
        row = c.execute(sa.select(table).where(*_there(code, owner, number))).one_or_none()
    return Draft(row.number, row.version, row.key, row.fields) if row else None


def mine(database: Database, code: str, owner: str) -> list[int]:
    """The numbers of the risks that this browser has not saved; 0 for a new one."""
    with database.read() as c:
        asked = sa.select(table.c.number).where(table.c.room == tidy(code), table.c.owner == owner).order_by(table.c.number)
        return [int(number) for number in c.scalars(asked)]


def keep(database: Database, code: str, owner: str, number: int, version: int, touched: Mapping[str, Any], clock: Clock = now) -> Draft:
    """Keep fields that were touched, beside those that were touched before. RoomError where the draft would be too large."""
    touched = {name: value for name, value in touched.items() if name in fields.fields()}
    with database.write() as c:
        row = c.execute(sa.select(table).where(*_there(code, owner, number)).with_for_update()).one_or_none()
        values = {**(row.fields if row else {}), **touched}
        if len(json.dumps(values)) > MOST_BYTES:
            raise RoomError(N_("This is more than a draft can hold. Save what is there, or shorten it."))
        if row:
            c.execute(sa.update(table).where(*_there(code, owner, number)).values(fields=values, at=clock()))
            return Draft(number, row.version, row.key, values)
        c.execute(sa.delete(table).where(table.c.room == tidy(code), table.c.at < clock() - KEPT))
        if (c.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.room == tidy(code))) or 0) >= MOST_DRAFTS:
            raise RoomError(N_("Too many people are writing in this room at once. Save, and try again."))
        made = Draft(number, version, secrets.token_hex(16), values)
        row = {"room": tidy(code), "owner": owner, "number": number, "version": version, "key": made.key, "at": clock()}
        c.execute(sa.insert(table).values(**row, fields=values))
        return made


def rebase(database: Database, code: str, owner: str, number: int, version: int) -> None:
    """Put what is being written on top of a newer version, after its writer has seen that."""
    with database.write() as c:
        c.execute(sa.update(table).where(*_there(code, owner, number)).values(version=version))


def drop(database: Database, code: str, owner: str, number: int) -> None:
    with database.write() as c:
        c.execute(sa.delete(table).where(*_there(code, owner, number)))


def _there(code: str, owner: str, number: int) -> tuple[Any, ...]:
    return table.c.room == tidy(code), table.c.owner == owner, table.c.number == number
