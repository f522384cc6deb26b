"""Let the index of a technician's open sessions count them, and let SQLite choose it.

Of two indices that fit a query equally well, SQLite takes the one that was created last. Batches of earlier migrations
created the indices of sessions again in any order, so some databases read all sessions of a technician for the open ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NAME = "ix_sessions_open_technician"
_COLUMNS = ["org_id", "technician", "created_at", "id"]
_OPEN = sa.text("state IN ('creating', 'waiting', 'present', 'connected')")


def _create(columns: list[str]) -> None:
    op.drop_index(_NAME, "sessions", if_exists=True)
    op.create_index(_NAME, "sessions", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)


def upgrade() -> None:
    _create([*_COLUMNS, "ending_since"])


def downgrade() -> None:
    _create(_COLUMNS)
