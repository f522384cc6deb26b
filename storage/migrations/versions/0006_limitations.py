"""Add what ServiceDesk Plus was found to refuse."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limitations",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("limitation", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "limitation", name=op.f("pk_limitations")),
    )


def downgrade() -> None:
    op.drop_table("limitations")
