"""Read whether the integration is on, right before each call that leaves: one statement on a connection that is kept for it."""

import asyncio
import sqlite3
from typing import Protocol

import psycopg
import structlog

from bot.errors import database_unavailable
from bot.model.ids import OrgId
from bot.model.switches import Switches
from storage.database import Database
from storage.direct_postgresql import DirectConnection
from storage.inline_sqlite import BUSY_SECONDS

_QUERY = "SELECT integration FROM switches WHERE org_id = "
log = structlog.get_logger("storage")


class IntegrationSwitch(Protocol):
    """Whether the integration is on, as the last commit says. Nothing is remembered: a process cannot know in time what another one has committed."""

    async def is_on(self) -> bool:
        """Read it. The read begins after the call of this method. Raises Unavailable."""

    async def close(self) -> None:
        """Close the connection."""


def open_integration_switch(database: Database, org_id: OrgId) -> IntegrationSwitch:
    """Return the switch in a database. It connects when it is first read."""
    if database.is_sqlite:
        return _InSqlite(database.url.database or ":memory:", org_id)
    url = database.sync_url.set(drivername="postgresql").render_as_string(hide_password=False)
    return _InPostgresql(url, org_id)


def _value(row: tuple[object, ...] | None) -> bool:
    return Switches().integration if row is None else bool(row[0])


class _InSqlite:
    """Reads inline: it takes about 10 microseconds, and a read never waits for a writer (WAL)."""

    def __init__(self, file: str, org_id: OrgId) -> None:
        self._file = file
        self._org_id = org_id
        self._connection: sqlite3.Connection | None = None

    async def is_on(self) -> bool:
        try:
            row = self._open().execute(f"{_QUERY}?", (self._org_id,)).fetchone()
        except sqlite3.Error as error:
            log.warning("the switch cannot be read", error=type(error).__name__)
            raise database_unavailable() from None
        return _value(row)

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # Without transactions of the driver, each SELECT sees what is committed by then.
            self._connection = sqlite3.connect(
                self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA query_only=ON")
        return self._connection


class _InPostgresql:
    """Reads on one connection. Those who ask while a read is under way share the next one: that one may be too old for them."""

    def __init__(self, url: str, org_id: OrgId) -> None:
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
            self._connection = await DirectConnection.connect(self._url, autocommit=True)
        result = await self._connection.run(f"{_QUERY}$1".encode(), (self._org_id,))
        return _value(next(iter(self._connection.read_rows(result)), None))

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _retrieve(read: asyncio.Task[bool]) -> None:
    """Look at the outcome, which perhaps nobody waits for any more: asyncio would report an error that nobody saw."""
    if not read.cancelled():
        read.exception()
