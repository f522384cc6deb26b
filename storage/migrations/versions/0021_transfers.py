"""Add the transfers of sessions, and what a session stores of its handovers."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IS_RUNNING = sa.text("slot IS NOT NULL")
_IS_LEFT_OPEN = sa.text("close_after IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("moving_to", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("handovers", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("former_name", sa.Text(), nullable=False),
        sa.Column("to_email", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("by_email", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("former_account", sa.String(length=64), nullable=True),
        sa.Column("former_code", sa.String(length=20), nullable=True),
        sa.Column("close_technician", sa.Text(), nullable=True),
        sa.Column("close_account", sa.String(length=64), nullable=True),
        sa.Column("close_code", sa.String(length=20), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_after", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("org_id", "slot", name=op.f("uq_transfers_org_id_slot")),
    )
    op.create_index("ix_transfers_session", "transfers", ["session_id"])
    op.create_index(
        "ix_transfers_running",
        "transfers",
        ["org_id", "former"],
        sqlite_where=_IS_RUNNING,
        postgresql_where=_IS_RUNNING,
    )
    op.create_index(
        "ix_transfers_left_open",
        "transfers",
        ["org_id", "close_after"],
        sqlite_where=_IS_LEFT_OPEN,
        postgresql_where=_IS_LEFT_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_transfers_left_open", "transfers")
    op.drop_index("ix_transfers_running", "transfers")
    op.drop_index("ix_transfers_session", "transfers")
    op.drop_table("transfers")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("handovers")
        batch_op.drop_column("moving_to")
