"""Connections that stay open outside their pool: to get one out of it and to give it back takes longer than to read a row."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

PING_AFTER_SECONDS = 1.0
"""A connection to PostgreSQL that was idle for so long may be broken: the server, or what is between, may have been restarted."""


class KeptConnections:
    """Keeps up to ``most`` connections of one engine. The pool has to have more: some are taken from it directly."""

    def __init__(self, engine: AsyncEngine, *, most: int) -> None:
        self._engine = engine
        self._most = most
        self._may_break = engine.dialect.name != "sqlite"
        self._idle: list[tuple[AsyncConnection, float]] = []
        """With the moment when the last transaction on it ended."""
        self._waiting = 0

    async def take(self) -> AsyncConnection:
        """Return a connection without a transaction: the one that was kept last, or else one of the pool."""
        while self._idle:
            connection, idle_since = self._idle.pop()
            is_recent = time.monotonic() - idle_since < PING_AFTER_SECONDS
            if not self._may_break or is_recent or await _answers(connection):
                return connection
            await connection.close()
        self._waiting += 1
        try:
            return await self._engine.connect()
        finally:
            self._waiting -= 1

    def can_keep(self, connection: AsyncConnection) -> bool:
        """Whether a connection may be kept: it works, and nobody waits for the pool, which would not get it."""
        return not self._waiting and not connection.invalidated and len(self._idle) < self._most

    def keep(self, connection: AsyncConnection) -> None:
        """Keep a connection whose transaction has ended."""
        self._idle.append((connection, time.monotonic()))

    async def close(self) -> None:
        """Give all connections back to the pool."""
        while self._idle:
            await self._idle.pop()[0].close()


def ping_idle_connections(engine: sa.Engine) -> None:
    """Replace the pool's connections if one that was idle does not answer. One that was just used is not asked.

    The pool's own ``pool_pre_ping`` asks before every transaction, and changes the connection's mode for it.
    """

    @sa.event.listens_for(engine, "checkin")
    def _note(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < PING_AFTER_SECONDS:
            return
        dialect = engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, connection, None):
                raise sa.exc.InvalidatePoolError from None
            raise


async def give_back(connection: AsyncConnection) -> None:
    """Take back what its transaction has not committed, and give a connection back to its pool.

    It goes on if the task is cancelled meanwhile.
    """
    await asyncio.shield(_take_back_and_close(connection))


async def _take_back_and_close(connection: AsyncConnection) -> None:
    try:
        # After a COMMIT that failed, SQLAlchemy's `close` alone would give the connection back as it is: within the failed transaction.
        with suppress(sa.exc.DBAPIError):
            await connection.rollback()
    finally:
        await connection.close()


async def _answers(connection: AsyncConnection) -> bool:
    """Return whether a connection to PostgreSQL still works."""
    try:
        await connection.exec_driver_sql("SELECT 1")
        # The statement has begun a transaction of SQLAlchemy.
        await connection.rollback()
    except sa.exc.DBAPIError:
        return False
    return True
