"""Keep the evidence for a session's state, and each of its connections instead of their sum."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SESSIONS = sa.table(
    "sessions",
    sa.column("id", sa.String),
    sa.column("state", sa.String),
    sa.column("created_at", _MOMENT),
    sa.column("ended_at", _MOMENT),
    sa.column("connected_seconds", sa.Integer),
    sa.column("device", sa.Text),
    sa.column("connections", sa.Text),
)


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("is_online", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("arrived_at", _MOMENT, nullable=True))
        batch_op.add_column(sa.Column("entered_at", _MOMENT, nullable=True))
        batch_op.add_column(sa.Column("left_at", _MOMENT, nullable=True))
        batch_op.add_column(sa.Column("stayed_seconds", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("connections", sa.Text(), nullable=False, server_default="[]"))
    for row in _sessions_where(_SESSIONS.c.connected_seconds > 0):
        _update(row, connections=json.dumps([_as_one_connection(row)]))
    # Whether anybody is connected is found out again in the first round.
    _update_open("connected", "waiting")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("connected_at")
        batch_op.drop_column("connected_seconds")
        batch_op.drop_column("device")


def downgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("connected_at", _MOMENT, nullable=True))
        batch_op.add_column(sa.Column("connected_seconds", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("device", sa.Text(), nullable=True))
    for row in _sessions_where(_SESSIONS.c.connections != "[]"):
        connections = json.loads(row["connections"])
        devices = [one["device"] for one in connections if one["device"]]
        _update(row, connected_seconds=_sum(connections), device=devices[-1] if devices else None)
    _update_open("connected", "waiting")
    _update_open("present", "waiting")
    with op.batch_alter_table("sessions") as batch_op:
        for name in ("is_online", "arrived_at", "entered_at", "left_at", "stayed_seconds", "connections"):
            batch_op.drop_column(name)


def _sessions_where(condition: sa.ColumnElement[bool]) -> list[Any]:
    return list(op.get_bind().execute(sa.select(_SESSIONS).where(condition)).mappings())


def _update(row: Any, **values: object) -> None:
    op.get_bind().execute(sa.update(_SESSIONS).where(_SESSIONS.c.id == row["id"]).values(**values))


def _update_open(state: str, to: str) -> None:
    op.get_bind().execute(sa.update(_SESSIONS).where(_SESSIONS.c.state == state).values(state=to))


def _as_one_connection(row: Any) -> dict[str, object]:
    """Return one connection with the sum that was kept. When it really began was not kept."""
    end = _aware(row["ended_at"] or row["created_at"])
    start = end - timedelta(seconds=row["connected_seconds"])
    return {
        "id": "sum",
        "started_at": start.isoformat(),
        "ended_at": end.isoformat(),
        "device": row["device"],
        "rating": None,
        "comment": "",
    }


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _sum(connections: list[dict[str, Any]]) -> int:
    spans = [
        (datetime.fromisoformat(one["started_at"]), datetime.fromisoformat(one["ended_at"]))
        for one in connections
        if one["ended_at"]
    ]
    return int(sum((end - start).total_seconds() for start, end in spans))
