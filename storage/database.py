"""Opens the database: SQLite with one writer and a few readers, or PostgreSQL with a pool."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage import sqlite

READERS = 4
POOL = 8


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
            self.writer = sqlite.new_engine(self.url, pool=1, writes=True)
            self.reader = sqlite.new_engine(self.url, pool=READERS, writes=False)
        else:
            self.writer = create_async_engine(
                self.url, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True, hide_parameters=True
            )
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
