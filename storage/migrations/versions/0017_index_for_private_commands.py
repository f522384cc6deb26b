"""Add an index by which the person is found whose private conversation a channel is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_IS_PRIVATE = sa.text("is_private")


def upgrade() -> None:
    op.create_index(
        "ix_commands_private",
        "commands",
        ["org_id", "channel"],
        sqlite_where=_IS_PRIVATE,
        postgresql_where=_IS_PRIVATE,
    )


def downgrade() -> None:
    op.drop_index("ix_commands_private", "commands")
