"""Add the tables of Microsoft Teams: conversations and accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams_conversations",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("service_url", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_teams_conversations")),
    )
    op.create_index("ix_teams_conversations_seen_at", "teams_conversations", ["seen_at"])
    op.create_table(
        "teams_accounts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("mri", sa.String(length=256), nullable=False),
        sa.Column("met_in", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("home_message", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user", name=op.f("pk_teams_accounts")),
    )
    op.create_index("ix_teams_accounts_seen_at", "teams_accounts", ["seen_at"])
    op.create_index("ix_teams_accounts_mri", "teams_accounts", ["tenant", "mri"])


def downgrade() -> None:
    op.drop_table("teams_accounts")
    op.drop_table("teams_conversations")
