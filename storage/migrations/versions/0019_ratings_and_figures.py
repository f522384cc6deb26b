"""Add the requester's rating of a session, and the daily sums. Every session that is over is counted after the start."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_IS_UNCOUNTED = sa.text("is_uncounted")
_IS_OF_TECHNICIAN = sa.text("figure = 'technician'")


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("rating", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("is_uncounted", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("counted", sa.Text(), nullable=True))
    op.execute(
        "UPDATE sessions SET is_uncounted = true"
        " WHERE state NOT IN ('creating', 'waiting', 'present', 'connected')"
    )
    op.create_index(
        "ix_sessions_uncounted",
        "sessions",
        ["org_id", "id"],
        sqlite_where=_IS_UNCOUNTED,
        postgresql_where=_IS_UNCOUNTED,
    )
    with op.batch_alter_table("rounds") as batch_op:
        batch_op.add_column(sa.Column("reported_month", sa.String(length=10), nullable=True))
    op.create_table(
        "daily_sums",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(length=12), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "day", "figure", "label", name=op.f("pk_daily_sums")),
    )
    op.create_index(
        "ix_daily_sums_technician",
        "daily_sums",
        ["org_id", "day"],
        sqlite_where=_IS_OF_TECHNICIAN,
        postgresql_where=_IS_OF_TECHNICIAN,
    )


def downgrade() -> None:
    op.drop_index("ix_daily_sums_technician", "daily_sums")
    op.drop_table("daily_sums")
    with op.batch_alter_table("rounds") as batch_op:
        batch_op.drop_column("reported_month")
    op.drop_index("ix_sessions_uncounted", "sessions")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("counted")
        batch_op.drop_column("is_uncounted")
        batch_op.drop_column("rating")
