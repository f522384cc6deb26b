"""SQLite engines for the bot: WAL, durable commits, long waits for locks, few switches between threads."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 30
"""Time limit for a lock that another connection holds."""
_FIRST_VERSION_WITH_SUBSECONDS = (3, 42)
_ROWS_PER_FETCH = 64
_DISK_CALLS = {"commit", "close", "interrupt"}
"""The calls of a connection that wait for the disk.

Closing a cursor does not, and every statement ends with one. A rollback does not either: with a write-ahead log it only
forgets what was not committed, and every transaction that reads ends with one.
"""
_BEGIN_WRITE = "BEGIN IMMEDIATE"
_LOCK_RETRY_SECONDS = 0.001
T = TypeVar("T")


class _DbapiCursor(Protocol):
    def execute(self, statement: str, /) -> object: ...

    def close(self) -> None: ...


class _DbapiConnection(Protocol):
    """The part of a DBAPI connection that is used here; ``sqlite3`` and SQLAlchemy's aiosqlite adapter have it."""

    isolation_level: str | None

    def cursor(self) -> _DbapiCursor: ...

    def create_function(self, name: str, narg: int, func: Callable[..., float], /) -> object: ...


class InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection that uses its thread only for calls that wait for the disk.

    Any other statement takes about 20 microseconds here, and the switch to the thread and back about 100. An answer
    to a chat platform needs up to fifty statements. The write lock is retried every millisecond, because SQLite's
    own wait grows to a tenth of a second. Overrides the one private method of aiosqlite that all calls go through;
    there is no public hook for it.
    """

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        is_of_cursor = isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
        if getattr(fn, "__name__", "") in _DISK_CALLS and not is_of_cursor:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite has no types there
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        if args and args[0] == _BEGIN_WRITE:
            return await _retry_while_locked(lambda: fn(*args, **kwargs))
        return fn(*args, **kwargs)


async def _retry_while_locked(begin: Callable[[], T]) -> T:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return begin()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        await asyncio.sleep(_LOCK_RETRY_SECONDS)


def create_sqlite_engine(url: sa.URL, *, pool_size: int, writes: bool) -> AsyncEngine:
    """Return an engine on an SQLite file. With ``writes``, a transaction takes the write lock when it begins."""
    engine = create_async_engine(
        url,
        async_creator=lambda: _new_connection(url.database or ":memory:"),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: _DbapiConnection, _record: object) -> None:
        # A writer does not wait inside SQLite: ``InlineConnection`` retries without blocking the event loop.
        configure_connection(connection, writes=writes, busy_seconds=0 if writes else BUSY_SECONDS)

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that first reads and then writes could fail at the write: it would be too late to wait.
        connection.exec_driver_sql(_BEGIN_WRITE if writes else "BEGIN")

    return engine


def _new_connection(file: str) -> InlineConnection:
    connection = InlineConnection(lambda: sqlite3.connect(file, check_same_thread=False), _ROWS_PER_FETCH)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with the connections it makes
    return connection


def begin_write_transactions(engine: sa.Engine) -> None:
    """Have every transaction of a new engine take the write lock when it begins, and hold all its statements.

    By itself, Python's driver begins a transaction at the first change of a row only, and commits each CREATE and
    ALTER before it at once. Foreign keys are not checked: a migration may rewrite a table that others refer to.
    """

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: _DbapiConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(_BEGIN_WRITE)


def configure_connection(
    connection: _DbapiConnection,
    *,
    writes: bool,
    busy_seconds: int = BUSY_SECONDS,
    waits_for_disk: bool = True,
) -> None:
    """Configure a new connection: WAL, durable commits, lock waits, and ``unixepoch`` if it is missing.

    Without ``waits_for_disk`` a commit does not wait for the disk. A power cut may take the newest commits back, all of those
    after the last one that did wait, but never one before it (https://sqlite.org/pragma.html#pragma_synchronous).

    Debian 12's SQLite 3.40 lacks ``unixepoch('subsec')``, which the job engine uses on Python 3.12 and later.
    """
    # SQLAlchemy sends BEGIN itself, so the driver must not.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA synchronous={'FULL' if waits_for_disk else 'NORMAL'}")
    cursor.execute(f"PRAGMA busy_timeout={busy_seconds * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    if not writes:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
    if sqlite3.sqlite_version_info < _FIRST_VERSION_WITH_SUBSECONDS:
        connection.create_function("unixepoch", 1, lambda _subsec: time.time())
