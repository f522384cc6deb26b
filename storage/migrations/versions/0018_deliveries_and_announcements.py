"""Add when each outside system last called the bot, and what was announced to the SDAdmins about the bot's secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "source", name="pk_deliveries"),
    )
    op.create_table(
        "announcements",
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "about", name="pk_announcements"),
    )


def downgrade() -> None:
    op.drop_table("announcements")
    op.drop_table("deliveries")
