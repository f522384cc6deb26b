"""SQLite for SQLAlchemy's async engine without an async driver: statements run on the event loop, commits in a thread.

SQLite needs about 10 microseconds for a statement. An async driver takes several times as long to pass it on, and a create
needs two hundred. Only what waits for the disk or for a lock must not block the event loop.
"""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_only

from bot.attempts import finish

DRIVER = "sqlite+inline"
"""What a URL for this begins with."""
BUSY_SECONDS = 30
"""Time limit for a lock that another connection holds."""
BEGIN_WRITE = "BEGIN IMMEDIATE"
_LOCK_RETRY_SECONDS = 0.001


class InlineDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for Python's own ``sqlite3``, for the async engine.

    A commit waits for the disk, so it runs in a thread. A rollback does not: with a write-ahead log it only forgets what was
    not committed, and every transaction that reads ends with one. The write lock is retried every millisecond, because
    SQLite's own wait blocks, and grows to a tenth of a second.

    Transactions begin here, and not by a listener for SQLAlchemy's event: with one, SQLAlchemy looks for listeners around
    every statement.
    """

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self.writes = False
        """Whether a transaction takes the write lock when it begins."""

    @classmethod
    def get_pool_class(cls, url: sa.URL) -> type[sa.Pool]:  # noqa: ARG003 - SQLAlchemy passes it
        """Return the pool whose waits do not block the event loop."""
        return AsyncAdaptedQueuePool

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin a transaction. One that writes waits for the write lock.

        A transaction that first reads and then writes could fail at the write: it would be too late to wait.
        """
        connection: sqlite3.Connection = dbapi_connection.driver_connection
        if self.writes:
            await_only(begin_writing(connection))
        else:
            connection.execute("BEGIN")

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit in a thread. A task that is cancelled meanwhile ends after the commit."""
        loop = asyncio.get_running_loop()
        await_only(finish(loop.run_in_executor(self._threads, dbapi_connection.commit)))


class InlineConnection(AsyncConnection):
    """A connection whose statements run without a switch, because none of them waits.

    The first statement of a transaction may begin it, and wait for the write lock.
    """

    async def execute(
        self, statement: Any, parameters: Any = None, *, execution_options: Any = None
    ) -> sa.CursorResult[Any]:
        """Run a statement."""

        def run(connection: sa.Connection) -> sa.CursorResult[Any]:
            return connection.execute(statement, parameters, execution_options=execution_options)

        connection = self.sync_connection
        if connection is not None and connection.in_transaction():
            return run(connection)
        return await self.run_sync(run)

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> sa.CursorResult[Any]:
        """Run a statement as it is."""
        return await self.run_sync(
            lambda it: it.exec_driver_sql(statement, parameters, execution_options=execution_options)
        )


class InlineEngine(AsyncEngine):
    """An engine of such connections."""

    def connect(self) -> AsyncConnection:
        """Return a connection, which opens as it is entered."""
        return InlineConnection(self)


async def begin_writing(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes. Waits for the write lock without blocking the event loop. Raises sqlite3.Error."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(BEGIN_WRITE)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        else:
            return
        await asyncio.sleep(_LOCK_RETRY_SECONDS)


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
