"""The register of risks: risks as they are, every change, and what is not saved yet."""

import sqlalchemy as sa
from alembic import op

from genai_core.governance.tables import Instant

revision, down_revision = "0002", "0001"


def _room(**options: bool) -> sa.Column[str]:
    return sa.Column("room", sa.String(8), sa.ForeignKey("rooms.code", ondelete="CASCADE"), **options)


def upgrade() -> None:
    op.create_table(
        "risks",
        _room(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("changed", Instant, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.UniqueConstraint("room", "key", name="risks_key"),
    )
    op.create_table(
        "risk_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        _room(nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("key", sa.String(80), nullable=True),
        sa.UniqueConstraint("room", "key", name="risk_changes_key"),
    )
    op.create_index("risk_changes_number", "risk_changes", ["room", "number"])
    op.create_table(
        "risk_drafts",
        _room(primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )


def downgrade() -> None:
    for name in ("risk_drafts", "risk_changes", "risks"):
        op.drop_table(name)
