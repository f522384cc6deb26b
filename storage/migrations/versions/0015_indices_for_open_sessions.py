"""Add indices for what is asked about open sessions, and the code by which one is found."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OPEN = "state IN ('creating', 'waiting', 'present', 'connected')"
_OVER = "(state NOT IN ('creating', 'waiting', 'present', 'connected'))"
_INDICES = (
    ("ix_sessions_open", ["org_id", "id"], _OPEN),
    ("ix_sessions_open_technician", ["org_id", "technician", "created_at", "id"], _OPEN),
    ("ix_sessions_open_code", ["org_id", "bare_code"], _OPEN),
    ("ix_sessions_open_request", ["org_id", "request_id"], _OPEN),
    ("ix_sessions_open_valid_until", ["org_id", "valid_until"], _OPEN),
    ("ix_sessions_over", ["org_id", "created_at"], _OVER),
    ("ix_sessions_online", ["org_id", "ended_at"], "is_online"),
)


def upgrade() -> None:
    op.add_column("sessions", sa.Column("bare_code", sa.String(20), nullable=True))
    op.execute("UPDATE sessions SET bare_code = lower(replace(code, '-', '')) WHERE code IS NOT NULL")
    for name, columns, condition in _INDICES:
        where = sa.text(condition)
        op.create_index(name, "sessions", columns, sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_sessions_state", "sessions")


def downgrade() -> None:
    op.create_index("ix_sessions_state", "sessions", ["org_id", "state"])
    for name, _columns, _condition in reversed(_INDICES):
        op.drop_index(name, "sessions")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("bare_code")
