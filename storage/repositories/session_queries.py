"""What queries for sessions are made of, and the query for a page of history."""

from functools import lru_cache

import sqlalchemy as sa

from storage.row_context import RowQuery
from storage.tables import sessions

LIMIT = sa.bindparam("limit", type_=sa.Integer)
SKIPPED = sa.bindparam("skipped", type_=sa.Integer)
OWN = sessions.c.org_id == sa.bindparam("org_id")
NEWEST_FIRST = (sessions.c.created_at.desc(), sessions.c.id.desc())


def select_sessions(*conditions: sa.ColumnElement[bool] | sa.TextClause) -> RowQuery:
    """Return a query for sessions of the organisation, newest first. It is built once: building takes longer than running."""
    return sa.select(sessions).where(OWN, *conditions).order_by(*NEWEST_FIRST)


PLACE_IN_HISTORY: RowQuery = sa.select(sessions.c.created_at, sessions.c.id).where(
    sessions.c.id == sa.bindparam("id")
)


@lru_cache
def history_query(asked: frozenset[str]) -> RowQuery:
    """Return the query for a page of history. ``asked`` names the values that it is given."""
    query = select_sessions(
        *(sessions.c[name] == sa.bindparam(name) for name in ("number", "technician") if name in asked)
    )
    if "last_id" not in asked:
        return query.limit(LIMIT).offset(SKIPPED)
    last = sa.tuple_(
        sa.bindparam("last_created_at", type_=sessions.c.created_at.type),
        sa.bindparam("last_id", type_=sessions.c.id.type),
    )
    return query.where(sa.tuple_(sessions.c.created_at, sessions.c.id) < last).limit(LIMIT)
