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

# Every change for good: the fields that changed, as they were and as they became. Numbers of risks are never used again.
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
