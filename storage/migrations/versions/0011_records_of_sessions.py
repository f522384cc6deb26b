"""Keep what the end of a session has left on its request. Sessions that are over already get no record."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "session_records",
        sa.Column(
            "session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("wanted_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("note_id", sa.String(30), nullable=True),
        sa.Column("note_reference", sa.String(16), nullable=False),
        sa.Column("note_content", sa.String(64), nullable=False),
        sa.Column("note_attempted", sa.String(64), nullable=False),
        sa.Column("worklog_id", sa.String(30), nullable=True),
        sa.Column("worklog_reference", sa.String(16), nullable=False),
        sa.Column("worklog_content", sa.String(64), nullable=False),
        sa.Column("worklog_attempted", sa.String(64), nullable=False),
        sa.Column("failed_at", _MOMENT, nullable=True),
        sa.Column("lease_owner", sa.String(32), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("session_id", name="pk_session_records"),
    )
    op.create_index("ix_session_records_due", "session_records", ["org_id", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_session_records_due", "session_records")
    op.drop_table("session_records")
