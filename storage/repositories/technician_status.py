"""The query for what `status` and the overview show a technician about their own account."""

import sqlalchemy as sa

from bot.model.technician_status import TechnicianStatus
from storage.compiled_statements import Row
from storage.repositories.connection_row import HAS_TOKENS, IS_ALIVE, read_connection
from storage.row_context import RowQuery
from storage.tables import IS_OPEN, IS_PLANNED, connections, plans, preferences, sessions, tokens


def _select_status() -> RowQuery:
    """Return the query for what `status` shows of a technician. It always finds one row."""
    org_id = sa.bindparam("org_id", type_=sa.String)
    technician = sa.bindparam("technician", type_=sa.Text)
    asked = sa.select(technician.label("email")).subquery("asked")
    has_chosen = sa.and_(preferences.c.org_id == org_id, preferences.c.email == asked.c.email)
    is_active = sa.and_(
        connections.c.org_id == org_id,
        connections.c.technician == asked.c.email,
        connections.c.is_active,
        connections.c.revoke_after.is_(None),
    )
    usable = (
        sa.select(sa.func.count())
        .select_from(sessions)
        .where(
            sessions.c.org_id == org_id,
            sessions.c.technician == technician,
            IS_OPEN,
            sessions.c.ending_since.is_(None),
        )
    )
    planned = (
        sa.select(sa.func.count())
        .select_from(plans)
        .where(plans.c.org_id == org_id, plans.c.technician == technician, IS_PLANNED)
    )
    return sa.select(
        connections,
        IS_ALIVE,
        preferences.c.wants_pings,
        usable.scalar_subquery().label("open_sessions"),
        planned.scalar_subquery().label("planned"),
    ).select_from(
        asked.outerjoin(preferences, has_chosen)
        .outerjoin(connections, is_active)
        .outerjoin(tokens, HAS_TOKENS)
    )


STATUS = _select_status()
"""It takes ``org_id`` and ``technician``."""


def read_status(row: Row) -> TechnicianStatus:
    """Return the status in the one row of ``STATUS``."""
    connection = read_connection(row) if row["id"] is not None else None
    wants_pings = row["wants_pings"] is not False
    return TechnicianStatus(connection, wants_pings, row["open_sessions"], row["planned"])
