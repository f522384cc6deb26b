"""Add the attempts to post cards, and which command a card was posted for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Cards that an earlier version is posting have no attempt. They are posted again without a look, as before.
    op.create_table(
        "post_attempts",
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("marker", sa.String(32), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "command_key", "is_private", name="pk_post_attempts"),
    )
    with op.batch_alter_table("cards") as batch_op:
        batch_op.add_column(sa.Column("command_key", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cards") as batch_op:
        batch_op.drop_column("command_key")
    op.drop_table("post_attempts")
