"""Add the outages: several sessions with one card, and the requests of each that got no session."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("platform", sa.String(10), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("technician", sa.Text(), nullable=False),
        sa.Column("technician_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marker", sa.String(32), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True)),
        sa.Column("channel", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("is_private", sa.Boolean()),
        sa.Column("locale", sa.String(10)),
        sa.Column("timezone", sa.String(64)),
        sa.Column("shown", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outages"),
    )
    op.create_index("ix_outages_created", "outages", ["org_id", "created_at"])
    op.create_table(
        "outage_refusals",
        sa.Column("outage_id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("outage_id", "number", name="pk_outage_refusals"),
    )
    op.add_column("sessions", sa.Column("outage_id", sa.String(32)))
    op.create_index(
        "ix_sessions_outage",
        "sessions",
        ["org_id", "outage_id"],
        sqlite_where=sa.text("outage_id IS NOT NULL"),
        postgresql_where=sa.text("outage_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_sessions_outage", "sessions")
    op.drop_column("sessions", "outage_id")
    op.drop_table("outage_refusals")
    op.drop_index("ix_outages_created", "outages")
    op.drop_table("outages")
