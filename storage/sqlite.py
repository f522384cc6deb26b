"""SQLite engines for the bot: WAL, durable commits, long waits for locks, few switches between threads."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.inline_sqlite import BEGIN_WRITE, BUSY_SECONDS, InlineDialect, InlineEngine

_FIRST_VERSION_WITH_SUBSECONDS = (3, 42)


class _DbapiCursor(Protocol):
    def execute(self, statement: str, /) -> object: ...

    def close(self) -> None: ...


class _DbapiConnection(Protocol):
    """The part of a DBAPI connection that is used here; ``sqlite3`` has it."""

    isolation_level: Any

    def cursor(self) -> _DbapiCursor: ...

    def create_function(self, name: str, narg: int, func: Callable[..., float], /) -> object: ...


def create_sqlite_engine(url: sa.URL, *, pool_size: int, writes: bool) -> AsyncEngine:
    """Return an engine on an SQLite file. With ``writes``, a transaction takes the write lock when it begins."""
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: _DbapiConnection, _record: object) -> None:
        # A writer does not wait inside SQLite: ``InlineDialect`` retries without blocking the event loop.
        configure_connection(connection, writes=writes, busy_seconds=0 if writes else BUSY_SECONDS)

    if isinstance(engine.dialect, InlineDialect):
        engine.dialect.writes = writes
    return InlineEngine(engine)


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
        connection.exec_driver_sql(BEGIN_WRITE)


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
