"""Rooms and wrong PINs."""

import sqlalchemy as sa
from alembic import op

from genai_core.governance.tables import Instant

revision, down_revision = "0001", None


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("code", sa.String(8), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("pin", sa.LargeBinary(32), nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("seen", Instant, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room", sa.String(8), sa.ForeignKey("rooms.code", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("attempts")
    op.drop_table("rooms")
