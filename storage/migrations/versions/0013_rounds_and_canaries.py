"""Add when the sweep's rounds began and were completed, and a sealed value that shows whether the keys fit."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rounds",
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=True),
        sa.Column("completed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("org_id", name="pk_rounds"),
    )
    op.create_table(
        "canaries",
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("sealed_canary", sa.LargeBinary(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="pk_canaries"),
    )


def downgrade() -> None:
    op.drop_table("canaries")
    op.drop_table("rounds")
