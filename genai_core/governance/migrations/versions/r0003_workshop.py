"""Workshops: phases, participants, scores, notes, dissent, controls, actions and their dots."""

import sqlalchemy as sa
from alembic import op

from genai_core.governance.tables import Instant

revision, down_revision = "0003", "0002"


def _of(name: str, target: str, **more: object) -> sa.Column:
    kind = sa.String(8) if name == "room" else sa.Integer
    return sa.Column(name, kind, sa.ForeignKey(target, ondelete="CASCADE"), nullable=False, **more)


def upgrade() -> None:
    op.create_table(
        "workshops",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("room", "rooms.code", index=True),
        sa.Column("phase", sa.String(12), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("revealed", sa.SmallInteger, nullable=False),
        sa.Column("item", sa.Integer),
        sa.Column("question", sa.String(600), nullable=False),
        sa.Column("experiment", sa.String(40), nullable=False),
        sa.Column("minutes", sa.SmallInteger, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("recorded", Instant),
    )
    op.create_table(
        "facilitators",
        _of("room", "rooms.code", primary_key=True),
        sa.Column("who", sa.LargeBinary(32), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("workshop", "workshops.id"),
        sa.Column("who", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("notes", sa.SmallInteger, nullable=False),
        sa.Column("seen", Instant, nullable=False),
        sa.UniqueConstraint("workshop", "who", name="participants_once"),
    )
    op.create_table(
        "workshop_items",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("workshop", "workshops.id", index=True),
        sa.Column("risk", sa.Integer),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("detail", sa.String(600), nullable=False),
    )
    op.create_table(
        "workshop_scores",
        _of("participant", "participants.id", primary_key=True),
        _of("item", "workshop_items.id", primary_key=True, index=True),
        sa.Column("round", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("dimension", sa.String(10), primary_key=True),
        sa.Column("value", sa.SmallInteger),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name="workshop_scores_scale"),
    )
    op.create_table(
        "workshop_notes",
        sa.Column("id", sa.String(16), primary_key=True),
        _of("workshop", "workshops.id"),
        sa.Column("text", sa.String(280), nullable=False),
        sa.UniqueConstraint("workshop", "text", name="workshop_notes_once"),
    )
    op.create_table(
        "workshop_dissents",
        _of("participant", "participants.id", primary_key=True),
        _of("item", "workshop_items.id", primary_key=True, index=True),
        sa.Column("text", sa.String(280), nullable=False),
    )
    op.create_table(
        "workshop_controls",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("item", "workshop_items.id", index=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
    )
    op.create_table(
        "workshop_actions",
        sa.Column("id", sa.Integer, primary_key=True),
        _of("workshop", "workshops.id", index=True),
        sa.Column("item", sa.Integer, sa.ForeignKey("workshop_items.id", ondelete="SET NULL")),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("due", sa.Date),
    )
    op.create_table(
        "workshop_dots",
        _of("participant", "participants.id", primary_key=True),
        _of("action", "workshop_actions.id", primary_key=True, index=True),
        sa.Column("dots", sa.SmallInteger, nullable=False),
        sa.CheckConstraint("dots >= 1", name="workshop_dots_some"),
    )


def downgrade() -> None:
    for name in ("dots", "actions", "controls", "dissents", "notes", "scores", "items"):
        op.drop_table(f"workshop_{name}")
    for name in ("participants", "facilitators", "workshops"):
        op.drop_table(name)
