"""The door of a workshop: closed to newcomers, and when participants were last removed."""

import sqlalchemy as sa
from alembic import op

from genai_core.governance.tables import Instant

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    op.add_column("workshops", sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("workshops", sa.Column("cleared", Instant))


def downgrade() -> None:
    op.drop_column("workshops", "cleared")
    op.drop_column("workshops", "closed")
