"""Query and row of a connection, shared by the repositories of connections in use and of those given up."""

import sqlalchemy as sa

from bot.model.connection import Account, Connection
from bot.model.ids import Email
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import connections, tokens

HAS_TOKENS = tokens.c.name == sa.literal("teamviewer/") + connections.c.id
"""Joins a connection with its tokens."""
IS_ALIVE = tokens.c.sealed_access.is_not(None).label("is_alive")
"""Whether TeamViewer accepts the tokens of a connection. The access token is removed as soon as it does not."""


def select_connections(row_context: RowContext, *conditions: sa.ColumnElement[bool]) -> RowQuery:
    """Return a query for connections of the organisation, each with whether TeamViewer accepts its tokens."""
    return (
        sa.select(connections, IS_ALIVE)
        .select_from(connections.outerjoin(tokens, HAS_TOKENS))
        .where(connections.c.org_id == row_context.org_id, *conditions)
    )


def read_connection(row: Row) -> Connection:
    """Return the connection in a row of ``select_connections``."""
    email = row["account_email"]
    return Connection(
        id=row["id"],
        technician=Email(row["technician"]),
        account=Account(row["account_id"], row["account_name"], Email(email) if email else None),
        connected_at=row["connected_at"],
        last_used_at=row["last_used_at"],
        is_active=row["is_active"],
        is_alive=row["is_alive"],
    )
