"""Connections that were given up. Their tokens stay stored until TeamViewer has revoked them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.model.ids import Email
from storage.repositories.connection_row import read_connection, select_connections
from storage.row_context import RowContext
from storage.tables import connections, tokens

_IS_GIVEN_UP = connections.c.revoke_after.is_not(None)


class SqlRevocationRepository:
    """Stores connections that are due for revocation, now or later."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def give_up(self, connection: Connection, look_after: datetime) -> Effect:
        """Make a connection due for revocation at ``look_after``. Delete it at once if its tokens are invalid.

        NOTHING if it was given up already: then it stays due as it is.
        """
        if not connection.is_alive:
            return await self.delete(connection)
        result = await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == connection.id, ~_IS_GIVEN_UP)
            .values(is_active=False, revoke_after=look_after)
        )
        return Effect.of(changed=result.rowcount == 1)

    async def get(self, connection_id: str) -> Connection | None:
        """Return a connection that was given up."""
        query = select_connections(self._context, connections.c.id == connection_id, _IS_GIVEN_UP)
        row = await self._context.fetch_row(query)
        return read_connection(row) if row else None

    async def of_account(self, technician: Email, account_id: str) -> Connection | None:
        """Return the newest connection to one TeamViewer account that a technician gave up."""
        query = select_connections(
            self._context,
            connections.c.technician == technician,
            connections.c.account_id == account_id,
            _IS_GIVEN_UP,
        )
        row = await self._context.fetch_row(query.order_by(connections.c.connected_at.desc()).limit(1))
        return read_connection(row) if row else None

    async def due(self, now: datetime) -> Sequence[Connection]:
        """List the connections that are due for revocation, longest due first."""
        query = select_connections(self._context, connections.c.revoke_after <= now)
        rows = await self._context.fetch_rows(query.order_by(connections.c.revoke_after))
        return [read_connection(row) for row in rows]

    async def postpone(self, connection: Connection, until: datetime) -> None:
        """Make a connection due for revocation at ``until`` instead."""
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == connection.id, _IS_GIVEN_UP)
            .values(revoke_after=until)
        )

    async def delete(self, connection: Connection) -> Effect:
        """Delete a connection and its tokens. NOTHING if it is deleted already."""
        await self._context.connection.execute(
            sa.delete(tokens).where(tokens.c.name == connection.token_name)
        )
        result = await self._context.connection.execute(
            sa.delete(connections).where(connections.c.id == connection.id)
        )
        return Effect.of(changed=result.rowcount == 1)
