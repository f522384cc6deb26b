"""Open the database: SQLite with one writer and a few readers, or PostgreSQL with one pool."""

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import inline_sqlite
from storage.group_commit import GroupCommit
from storage.kept_connections import KeptConnections, give_back, ping_idle_connections
from storage.private_files import create_private, make_private
from storage.sqlite import create_sqlite_engine

SQLITE_READERS = 4
POSTGRESQL_POOL_SIZE = 8
CLOSE_SECONDS = 5
"""How long ``Database.close`` waits for connections that are in use."""
_IDLE_LOOK_SECONDS = 0.01
_LOCK_LOOK_SECONDS = 0.02
CONNECT_SECONDS = 10
"""Time limit for a connection to PostgreSQL. The driver's own default is to wait as long as the network does."""


class DatabaseInUse(Exception):
    """Another process has locked the SQLite file."""


class DatabaseUnusable(Exception):
    """The SQLite file, or its folder, cannot be used. The message is the system's reason, without the path."""


class Database:
    """Two async engines on one database: ``writer`` for transactions that may write, ``reader`` for what only reads."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if not self.is_sqlite and "connect_timeout" not in parsed.query:
            parsed = parsed.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
        self.url = parsed.set(drivername=inline_sqlite.DRIVER if self.is_sqlite else "postgresql+psycopg")
        self.sync_url = parsed.set(drivername="sqlite" if self.is_sqlite else "postgresql+psycopg")
        self._lock_file: TextIO | None = None
        if self.is_sqlite:
            # SQLite allows one writer at a time. One connection makes writers wait here, in the order they came.
            self.writer = create_sqlite_engine(self.url, pool_size=1, writes=True)
            self.reader = create_sqlite_engine(self.url, pool_size=SQLITE_READERS, writes=False)
            self._group_commit: GroupCommit | None = GroupCommit(self.writer)
        else:
            # The connections of the last moments are used first (`pool_use_lifo`): they have prepared the most statements.
            self.writer = create_async_engine(
                self.url,
                connect_args=_direct(),
                # All stay open. With a smaller `pool_size`, one that is given back to a full pool is closed, and soon another one is opened.
                pool_size=2 * POSTGRESQL_POOL_SIZE,
                max_overflow=0,
                pool_use_lifo=True,
                hide_parameters=True,
            )
            self.reader = _create_reader(self.url)
            for engine in (self.writer, self.reader):
                ping_idle_connections(engine.sync_engine)
            self._group_commit = None
        readers = SQLITE_READERS if self.is_sqlite else POSTGRESQL_POOL_SIZE
        self._readers = KeptConnections(self.reader, most=readers // 2)
        self._writers = KeptConnections(self.writer, most=POSTGRESQL_POOL_SIZE)

    def begin_shared(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that may share its commit with others that come at the same time."""
        return self._begin_writing() if self._group_commit is None else self._group_commit.begin()

    @asynccontextmanager
    async def _begin_writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction on PostgreSQL that is committed when the block has ended, and taken back on an error."""
        connection = await self._writers.take()
        try:
            # It waits for nothing here: the beginning goes out with the first statement.
            connection.sync_connection.begin()  # type: ignore[union-attr]  # it is open
            yield connection
            await connection.commit()
        except BaseException:
            await give_back(connection)
            raise
        if self._writers.can_keep(connection):
            self._writers.keep(connection)
        else:
            await give_back(connection)

    @asynccontextmanager
    async def begin_reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads. On PostgreSQL each of its statements sees the newest commits."""
        connection = await self._readers.take()
        try:
            # Neither database waits for anything here, so no switch to another thread of SQLAlchemy is needed.
            transaction = connection.sync_connection.begin()  # type: ignore[union-attr]  # it is open
            yield connection
            if self._readers.can_keep(connection):
                transaction.rollback()
                self._readers.keep(connection)
                return
        except BaseException:
            await give_back(connection)
            raise
        await give_back(connection)

    def prepare_files(self) -> None:
        """Create the SQLite file, and take it and the files beside it from all others than their owner.

        SQLite gives the files that it creates beside it the same mode. Does nothing on PostgreSQL.
        Raises DatabaseUnusable.
        """
        if not self.is_sqlite or not self.url.database:
            return
        path = Path(self.url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            create_private(path)
            for suffix in ("-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    make_private(Path(f"{path}{suffix}"))
        except OSError as error:
            raise DatabaseUnusable(error.strerror or type(error).__name__) from None

    def lock_file(self, wait_seconds: float = 0) -> None:
        """Lock the SQLite file for this process.

        Two workers on one file would each run the other's unfinished jobs again. Waits up to ``wait_seconds`` for a process
        that is about to end. Does nothing on PostgreSQL, or if the lock is held already. Blocks the event loop.
        Raises DatabaseInUse, DatabaseUnusable.
        """
        if not self.is_sqlite or not self.url.database or self._lock_file is not None:
            return
        self.prepare_files()
        path = Path(f"{self.url.database}.lock")
        try:
            create_private(path)
            lock_file = path.open("a")
        except OSError as error:
            raise DatabaseUnusable(error.strerror or type(error).__name__) from None
        ends_at = time.monotonic() + wait_seconds
        while not _try_lock(lock_file):
            if time.monotonic() >= ends_at:
                lock_file.close()
                raise DatabaseInUse(self.url.database)
            time.sleep(_LOCK_LOOK_SECONDS)
        self._lock_file = lock_file

    async def close(self) -> None:
        """Close every connection and release the lock on the file.

        Waits a moment for connections that are in use: nobody would close one that comes back later.
        """
        await self._readers.close()
        await self._writers.close()
        if self._group_commit is not None:
            await self._group_commit.close()
        for engine in {self.writer, self.reader}:
            await _wait_until_idle(engine)
            await engine.dispose()
        if self._lock_file is not None:
            with suppress(OSError):
                self._lock_file.close()
            self._lock_file = None


def _direct() -> dict[str, Any]:
    """Return what makes SQLAlchemy open our own kind of connection to PostgreSQL."""
    from storage.direct_postgresql import DirectConnection  # noqa: PLC0415 - psycopg needs 5 MB, and SQLite does not need it

    return {"async_creator_fn": DirectConnection.connect}


def _create_reader(url: sa.URL) -> AsyncEngine:
    """Return an engine on PostgreSQL whose connections refuse to write.

    It begins no transactions. At PostgreSQL's default level, READ COMMITTED, each statement sees the newest commits also
    within one, so a transaction around statements that only read would cost two more messages and change nothing.
    """
    options = url.query.get("options", "")
    given = options if isinstance(options, str) else " ".join(options)
    return create_async_engine(
        url.difference_update_query(["options"]),
        connect_args=_direct() | {"options": f"{given} -c default_transaction_read_only=on".strip()},
        pool_size=POSTGRESQL_POOL_SIZE,
        pool_use_lifo=True,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        # There is nothing to take back, so the end of a transaction needs no message.
        skip_autocommit_rollback=True,
        hide_parameters=True,
    )


def _try_lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _wait_until_idle(engine: AsyncEngine) -> None:
    """Wait until no connection of a pool is in use, for ``CLOSE_SECONDS`` at most."""
    pool, ends_at = engine.pool, time.monotonic() + CLOSE_SECONDS
    while isinstance(pool, QueuePool) and pool.checkedout() and time.monotonic() < ends_at:  # noqa: ASYNC110 - a pool has no event after it
        await asyncio.sleep(_IDLE_LOOK_SECONDS)
