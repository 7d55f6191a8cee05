"""Wrong PINs by browser, so that one browser's do not shut out another's."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("who", sa.LargeBinary(16)))


def downgrade() -> None:
    op.drop_column("attempts", "who")
