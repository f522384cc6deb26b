"""SQLite as the bot uses it: WAL, durable commits, patient waits, and few hops between threads."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 30
_HAS_SUBSECONDS = (3, 42)
_CHUNK = 64
_WAITS_FOR_DISK = {"commit", "rollback", "close", "interrupt"}
_TAKE_LOCK = "BEGIN IMMEDIATE"
_ASK_AGAIN_SECONDS = 0.001


class QuickConnection(aiosqlite.Connection):
    """An aiosqlite connection that takes to its thread only what waits for the disk.

    Every other statement here takes some 20 microseconds, and the way to the thread and back five times that; an
    answer to a chat platform needs some fifty of them. For the write lock it asks again every millisecond, where
    SQLite's own wait grows to a tenth of a second. Overrides aiosqlite's one private method that all calls go
    through, for which there is no public hook.
    """

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if getattr(fn, "__name__", "") in _WAITS_FOR_DISK:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite has no types there
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        if args and args[0] == _TAKE_LOCK:
            return await _patiently(fn, *args, **kwargs)
        return fn(*args, **kwargs)


async def _patiently(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return fn(*args, **kwargs)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


def new_engine(url: sa.URL, *, pool: int, writes: bool) -> AsyncEngine:
    """Return an engine on an SQLite file. One that ``writes`` takes the write lock when a transaction begins."""

    def connect() -> QuickConnection:
        def opened() -> sqlite3.Connection:
            return sqlite3.connect(url.database or ":memory:", check_same_thread=False)

        connection = QuickConnection(opened, _CHUNK)
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with the connections it makes
        return connection

    engine = create_async_engine(
        url,
        async_creator=connect,
        hide_parameters=True,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        prepare(connection, writes=writes, busy_seconds=0 if writes else BUSY_SECONDS)

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(_TAKE_LOCK if writes else "BEGIN")

    return engine


def prepare(connection: Any, *, writes: bool, busy_seconds: int = BUSY_SECONDS) -> None:
    """Set one new connection up: WAL, durable commits, patient waits, and ``unixepoch`` where it is missing.

    Debian 12's SQLite 3.40 lacks ``unixepoch('subsec')``, which the engine uses on Python 3.12 and later.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={busy_seconds * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    if not writes:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
    if sqlite3.sqlite_version_info < _HAS_SUBSECONDS:
        connection.create_function("unixepoch", 1, lambda _subsec: time.time())
