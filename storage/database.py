"""Opens the database: SQLite with one writer and a few readers, or PostgreSQL with a pool."""

import fcntl
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 30
READERS = 4
POOL = 8
_HAS_SUBSECONDS = (3, 42)


class DatabaseInUse(Exception):
    """Another process has the SQLite file open for writing."""


class Database:
    """Two async engines on one database: ``writer`` begins transactions that may write, ``reader`` never does."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = parsed.set(drivername="sqlite+aiosqlite" if self.is_sqlite else "postgresql+psycopg")
        self.sync_url = parsed.set(drivername="sqlite" if self.is_sqlite else "postgresql+psycopg")
        self._lock: Any = None
        if self.is_sqlite:
            self.writer = _sqlite(self.url, pool=1, writes=True)
            self.reader = _sqlite(self.url, pool=READERS, writes=False)
        else:
            self.writer = create_async_engine(self.url, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True)
            self.reader = self.writer

    def lock(self) -> None:
        """Take the SQLite file for this process alone; it is given back when the process ends.

        Two processes on one file would run each other's unfinished work a second time. Raises DatabaseInUse.
        """
        if not self.is_sqlite or not self.url.database:
            return
        path = Path(f"{self.url.database}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise DatabaseInUse(self.url.database) from error
        self._lock = handle

    async def close(self) -> None:
        """Close every connection and give the file back."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()
        if self._lock is not None:
            with suppress(OSError):
                self._lock.close()
            self._lock = None


def prepare_sqlite(connection: Any, *, writes: bool) -> None:
    """Set one new SQLite connection up: WAL, durable commits, patient waits, and ``unixepoch`` where it is missing.

    Debian 12's SQLite 3.40 lacks ``unixepoch('subsec')``, which the engine uses on Python 3.12 and later.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    if not writes:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
    if sqlite3.sqlite_version_info < _HAS_SUBSECONDS:
        connection.create_function("unixepoch", 1, lambda _subsec: time.time())


def _sqlite(url: sa.URL, *, pool: int, writes: bool) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool, max_overflow=0, pool_timeout=BUSY_SECONDS)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        prepare_sqlite(connection, writes=writes)

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
