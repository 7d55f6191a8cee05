"""The tables of what a room decides, as SQLAlchemy Core has them; the migrations beside it make them. Torch-free.

``rooms`` holds no PIN, only its scrypt digest; a browser is known by the digest of its token, as it is for runs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


class Instant(sa.TypeDecorator[dt.datetime]):
    """A moment in UTC, aware on both sides: SQLite gives back what it was given without its zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        return value.replace(tzinfo=dt.UTC) if value and value.tzinfo is None else value


rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("code", sa.String(8), primary_key=True),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
    sa.Column("pin", sa.LargeBinary(32), nullable=False),
    sa.Column("made", Instant, nullable=False),
    sa.Column("seen", Instant, nullable=False),
)

# Wrong PINs of a room: what keeps four to eight digits from being tried one after another.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("room", sa.ForeignKey("rooms.code", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.LargeBinary(16)),  # a digest of the browser's token, of this room alone
)

# --- the register of risks --------------------------------------------------------------------------------------------

# A risk as it is now. ``key``: what makes a second click of the same adding do nothing; free text never is one.
risks = sa.Table(
    "risks",
    metadata,
    sa.Column("room", sa.ForeignKey("rooms.code", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("made", Instant, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("who", sa.String(80), nullable=False),
    sa.UniqueConstraint("room", "key", name="risks_key"),
)

# Every change: the fields that changed, as they were and as they became. A number that stands here is not given to another risk.
risk_changes = sa.Table(
    "risk_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("room", sa.ForeignKey("rooms.code", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("key", sa.String(80), nullable=True),
    sa.Index("risk_changes_number", "room", "number"),
    sa.UniqueConstraint("room", "key", name="risk_changes_key"),
)

# What somebody is writing and has not saved: a refresh or a crash loses none of it. ``owner``: the digest of a browser's token.
risk_drafts = sa.Table(
    "risk_drafts",
    metadata,
    sa.Column("room", sa.ForeignKey("rooms.code", ondelete="CASCADE"), primary_key=True),
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # 0: a new risk
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# --- the workshop: one block, made by migration 0003 -----------------------------------------------------------------


def _of(table: str, **more: Any) -> sa.Column[Any]:
    """A column that names the row of another table, and goes with it."""
    name = {"rooms": "room", "workshops": "workshop", "participants": "participant"}.get(table, table.removeprefix("workshop_")[:-1])
    return sa.Column(name, sa.ForeignKey(f"{table}.{'code' if table == 'rooms' else 'id'}", ondelete="CASCADE"), nullable=False, **more)


# ``revealed``: the highest round whose scores have been shown; those rounds take no score any more. ``closed``: nobody new comes in.
# ``cleared``: when participants were last removed.
workshops = sa.Table(
    "workshops",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of("rooms", index=True),
    sa.Column("phase", sa.String(12), nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("revealed", sa.SmallInteger, nullable=False),
    sa.Column("item", sa.Integer),
    sa.Column("question", sa.String(600), nullable=False),
    sa.Column("experiment", sa.String(40), nullable=False),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    sa.Column("made", Instant, nullable=False),
    sa.Column("recorded", Instant),
    sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("cleared", Instant),
)

# Browsers that have given the PIN, by the digest of their token.
facilitators = sa.Table(
    "facilitators",
    metadata,
    _of("rooms", primary_key=True),
    sa.Column("who", sa.LargeBinary(32), primary_key=True),
    sa.Column("until", Instant, nullable=False),
)

participants = sa.Table(
    "participants",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of("workshops"),
    sa.Column("who", sa.LargeBinary(32), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("notes", sa.SmallInteger, nullable=False),
    sa.Column("seen", Instant, nullable=False),
    sa.UniqueConstraint("workshop", "who", name="participants_once"),
)

workshop_items = sa.Table(
    "workshop_items",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of("workshops", index=True),
    sa.Column("risk", sa.Integer),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("detail", sa.String(600), nullable=False),
)

# ``value`` is empty where somebody abstains.
workshop_scores = sa.Table(
    "workshop_scores",
    metadata,
    _of("participants", primary_key=True),
    _of("workshop_items", primary_key=True, index=True),
    sa.Column("round", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("dimension", sa.String(10), primary_key=True),
    sa.Column("value", sa.SmallInteger),
    sa.CheckConstraint("value BETWEEN 1 AND 5", name="workshop_scores_scale"),
)

# Without an author, and under a random name: not even the order tells whose it is.
workshop_notes = sa.Table(
    "workshop_notes",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    _of("workshops"),
    sa.Column("text", sa.String(280), nullable=False),
    sa.UniqueConstraint("workshop", "text", name="workshop_notes_once"),
)

workshop_dissents = sa.Table(
    "workshop_dissents",
    metadata,
    _of("participants", primary_key=True),
    _of("workshop_items", primary_key=True, index=True),
    sa.Column("text", sa.String(280), nullable=False),
)

workshop_controls = sa.Table(
    "workshop_controls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of("workshop_items", index=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
)

workshop_actions = sa.Table(
    "workshop_actions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of("workshops", index=True),
    sa.Column("item", sa.ForeignKey("workshop_items.id", ondelete="SET NULL")),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Column("owner", sa.String(80), nullable=False),
    sa.Column("due", sa.Date),
)

workshop_dots = sa.Table(
    "workshop_dots",
    metadata,
    _of("participants", primary_key=True),
    _of("workshop_actions", primary_key=True, index=True),
    sa.Column("dots", sa.SmallInteger, nullable=False),
    sa.CheckConstraint("dots >= 1", name="workshop_dots_some"),
)
