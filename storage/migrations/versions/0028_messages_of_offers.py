"""Add the messages of offers of sessions, so that their buttons can be replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TEXTS = {"platform": 10, "tenant": 64, "user": 128, "channel": None, "message": None}


def upgrade() -> None:
    op.add_column("transfers", sa.Column("offer_attempted_at", sa.DateTime(timezone=True)))
    for name, length in _TEXTS.items():
        kind = sa.String(length) if length else sa.Text()
        op.add_column("transfers", sa.Column(f"offer_{name}", kind))


def downgrade() -> None:
    for name in (*_TEXTS, "attempted_at"):
        op.drop_column("transfers", f"offer_{name}")
