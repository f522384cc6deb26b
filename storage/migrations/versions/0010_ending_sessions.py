"""Add when the end of a session was asked for, and when TeamViewer is asked to close one that is over."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("ending_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("close_after", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_sessions_close_after", ["org_id", "close_after"])


def downgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_index("ix_sessions_close_after")
        batch_op.drop_column("close_after")
        batch_op.drop_column("ending_since")
