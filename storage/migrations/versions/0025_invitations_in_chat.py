"""Add the invitations of requesters in a chat, and when a requester answered “Not now”."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_invitations",
        sa.Column("notice_id", sa.String(16), nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("platform", sa.String(10), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("marker", sa.String(32), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True)),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_chat_invitations"),
    )
    op.create_index("ix_chat_invitations_session", "chat_invitations", ["session_id"])
    op.add_column("sessions", sa.Column("in_chat", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("notices", sa.Column("declined_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("notices", "declined_at")
    op.drop_column("sessions", "in_chat")
    op.drop_index("ix_chat_invitations_session", "chat_invitations")
    op.drop_table("chat_invitations")
