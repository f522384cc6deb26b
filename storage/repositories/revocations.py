"""Connections that were given up: their tokens are kept until TeamViewer has revoked them, and for nothing else."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.connection import Connection
from storage.repositories import connection_row
from storage.row_context import RowContext
from storage.tables import connections, tokens

_IS_GIVEN_UP = connections.c.revoke_after.is_not(None)


class RevocationRows:
    """The repository of connections that wait to be revoked."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def give_up(self, connection: Connection, look_after: datetime) -> None:
        """Let tokens wait to be revoked; the watch leaves them alone until ``look_after``. Dead ones are forgotten."""
        if not connection.is_alive:
            await self.done(connection)
            return
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == connection.id)
            .values(is_active=False, revoke_after=look_after)
        )

    async def get(self, connection_id: str) -> Connection | None:
        """Return a connection that was given up."""
        query = connection_row.select(self._context, connections.c.id == connection_id, _IS_GIVEN_UP)
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        return connection_row.read(row) if row else None

    async def due(self, now: datetime) -> Sequence[Connection]:
        """List those that the watch is to revoke, the longest waiting first."""
        query = connection_row.select(self._context, connections.c.revoke_after <= now)
        rows = await self._context.connection.execute(query.order_by(connections.c.revoke_after))
        return [connection_row.read(row) for row in rows.mappings()]

    async def postpone(self, connection: Connection, until: datetime) -> None:
        """Leave a connection alone for a while."""
        await self._context.connection.execute(
            sa.update(connections)
            .where(connections.c.id == connection.id, _IS_GIVEN_UP)
            .values(revoke_after=until)
        )

    async def done(self, connection: Connection) -> None:
        """Forget a connection and its tokens."""
        await self._context.connection.execute(
            sa.delete(tokens).where(tokens.c.name == connection.token_name)
        )
        await self._context.connection.execute(
            sa.delete(connections).where(connections.c.id == connection.id)
        )
