"""Add where the bot is a member: channels of Slack and teams of Teams. A channel of Teams gets its team."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "memberships",
        sa.Column("platform", sa.String(10), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_member", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", "place", name="pk_memberships"),
    )
    op.create_index("ix_memberships_changed_at", "memberships", ["changed_at"])
    op.add_column("teams_conversations", sa.Column("team", sa.Text))


def downgrade() -> None:
    op.drop_column("teams_conversations", "team")
    op.drop_index("ix_memberships_changed_at", "memberships")
    op.drop_table("memberships")
