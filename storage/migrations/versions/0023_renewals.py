"""Add renewals of sessions, and the codes that a session had before."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("state IN ('creating', 'waiting', 'present', 'connected')")
_IS_RUNNING = sa.text("slot IS NOT NULL")
_IS_TO_CLOSE = sa.text("close_after IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("former_codes", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sessions_open_command",
        "sessions",
        ["org_id", "command_key"],
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
    op.create_table(
        "renewals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=True),
        sa.Column("technician", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("bare_code", sa.String(length=20), nullable=True),
        sa.Column("close_after", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewals")),
        sa.UniqueConstraint("slot", name=op.f("uq_renewals_slot")),
    )
    op.create_index("ix_renewals_session", "renewals", ["session_id"])
    op.create_index("ix_renewals_code", "renewals", ["org_id", "bare_code"])
    op.create_index(
        "ix_renewals_running",
        "renewals",
        ["org_id", "created_at"],
        sqlite_where=_IS_RUNNING,
        postgresql_where=_IS_RUNNING,
    )
    op.create_index(
        "ix_renewals_running_account",
        "renewals",
        ["org_id", "technician", "account"],
        sqlite_where=_IS_RUNNING,
        postgresql_where=_IS_RUNNING,
    )
    op.create_index(
        "ix_renewals_to_close",
        "renewals",
        ["org_id", "close_after"],
        sqlite_where=_IS_TO_CLOSE,
        postgresql_where=_IS_TO_CLOSE,
    )


def downgrade() -> None:
    op.drop_table("renewals")
    op.drop_index("ix_sessions_open_command", "sessions")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("renewed_at")
        batch_op.drop_column("former_codes")
