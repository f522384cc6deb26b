"""Read on PostgreSQL whether the integration is on. Apart from SQLite, because it loads psycopg."""

import asyncio

import psycopg
import sqlalchemy as sa
import structlog

from bot.errors import database_unavailable
from bot.model.ids import OrgId
from storage.direct_postgresql import DirectConnection, connect_alone
from storage.switch_row import QUERY_SWITCH, read_switch

log = structlog.get_logger("storage")


class SwitchInPostgresql:
    """Reads on one connection. Those who ask while a read is under way share the next one: that one may be too old for them."""

    def __init__(self, url: sa.URL, org_id: OrgId) -> None:
        self._url = url
        self._org_id = org_id
        self._connection: DirectConnection | None = None
        self._running: asyncio.Task[bool] | None = None
        self._next: asyncio.Task[bool] | None = None

    async def is_on(self) -> bool:
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._running))
            self._next.add_done_callback(_retrieve)
        # A call that is given up must not take the answer from the others.
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        if self._running is not None:
            await asyncio.wait({self._running})
        await self._disconnect()

    async def _read_after(self, running: asyncio.Task[bool] | None) -> bool:
        if running is not None:
            await asyncio.wait({running})
        # From here on the read may be too old for who asks.
        self._running, self._next = self._next, None
        try:
            return await self._read()
        except psycopg.Error:
            # A restart of the database ends a kept connection. A new one decides.
            await self._disconnect()
        try:
            return await self._read()
        except psycopg.Error as error:
            await self._disconnect()
            log.warning("the switch cannot be read", error=type(error).__name__)
            raise database_unavailable() from None

    async def _read(self) -> bool:
        if self._connection is None:
            self._connection = await connect_alone(self._url)
        result = await self._connection.run(f"{QUERY_SWITCH}$1".encode(), (self._org_id,))
        return read_switch(next(iter(self._connection.read_rows(result)), None))

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _retrieve(read: asyncio.Task[bool]) -> None:
    """Look at the outcome, which perhaps nobody waits for any more: asyncio would report an error that nobody saw."""
    if not read.cancelled():
        read.exception()
