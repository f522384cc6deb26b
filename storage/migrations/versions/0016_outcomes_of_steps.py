"""Add the outcomes of steps that must not be repeated when their job runs again, and the refreshes that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_outcomes",
        sa.Column("job_key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_key", "step", name="pk_step_outcomes"),
    )
    op.create_table(
        "queued_refreshes",
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shown", name="pk_queued_refreshes"),
    )


def downgrade() -> None:
    op.drop_table("queued_refreshes")
    op.drop_table("step_outcomes")
