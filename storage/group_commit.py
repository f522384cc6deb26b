"""Write transactions that come at the same time share one commit, and so one wait for the disk.

SQLite has one writer. While it commits, all others wait; without this, each of them then waits for a commit of its own. PostgreSQL needs nothing of the kind: its connections write at the same time, and it writes their commits
to the disk together.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.kept_connections import give_back

KEEP_SECONDS = 0.02
"""How long the connection stays out of its pool for the next commit. To give it back and get it again takes as long as five statements."""
LONGEST_KEPT_SECONDS = 0.25
"""After so long it is given back at the next commit, so that who waits for the pool gets it."""
MOST_MEMBERS = 64
"""How many transactions share a commit at most. Other writers of this process wait for all of them."""


class SharedTransactionLost(Exception):
    """SQLite gave the shared transaction up, for example because the disk is full: nothing of it is stored."""


@dataclass(slots=True)
class _Batch:
    """Transactions that will be committed together. ``committed`` gets the outcome that all of them have."""

    connection: AsyncConnection
    database: sqlite3.Connection
    committed: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    members: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the transaction is still there: SQLite ends it by itself after some errors, such as a full disk."""
        return self.database.in_transaction

    async def commit(self) -> None:
        """Commit what every member has written. Raises SharedTransactionLost, and what the database raises."""
        if not self.is_open:
            raise SharedTransactionLost
        await self.connection.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Take back what the block has written, and no more, if it raises an error."""
        self.members += 1
        self.database.execute("SAVEPOINT member")
        try:
            yield
        except BaseException:
            if self.is_open:
                self.database.execute("ROLLBACK TO member")
                self.database.execute("RELEASE member")
            raise
        if self.is_open:
            self.database.execute("RELEASE member")


class GroupCommit:
    """Opens write transactions on the one writing connection of an SQLite engine.

    One runs at a time, in the order they came. When one ends and others wait, the next one goes on in the same database
    transaction, behind a savepoint. The last one is followed by the commit. Each ends when it is committed.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._is_busy = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._batch: _Batch | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: AsyncConnection | None = None
        self._taken_at = 0.0
        self._release: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is committed when the block has ended. An error in the block takes back this one alone.

        If the task is cancelled while the commit is under way, the commit goes on. Raises what a commit raises, and
        SharedTransactionLost.
        """
        await self._wait_for_turn()
        try:
            batch = self._batch or await self._open()
        except BaseException:
            self._pass_on()
            raise
        try:
            with batch.savepoint():
                yield batch.connection
        finally:
            self._end_turn(batch)
        # The outcome belongs to all members, so the cancellation of one must not cancel it.
        await asyncio.shield(batch.committed)

    async def _wait_for_turn(self) -> None:
        if not self._is_busy:
            self._is_busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The turn came together with the cancellation.
                self._pass_on()
            raise

    async def close(self) -> None:
        """Give the connection back to its pool."""
        self._release_idle()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _open(self) -> _Batch:
        connection = await self._take()
        try:
            await connection.begin()
            opened = connection.sync_connection.connection  # type: ignore[union-attr]  # it is open
        except BaseException:
            await connection.close()
            raise
        self._batch = _Batch(connection, cast("sqlite3.Connection", opened.driver_connection))
        return self._batch

    def _end_turn(self, batch: _Batch) -> None:
        """Let the next one write in the same transaction. Commit if nobody waits, or the batch is full or lost."""
        may_go_on = batch.is_open and batch.members < MOST_MEMBERS
        if not (may_go_on and self._give_turn()):
            self._finish(batch)

    def _finish(self, batch: _Batch) -> None:
        self._batch = None
        self._start(self._commit(batch))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self) -> AsyncConnection:
        """Return the connection that was kept, or one of the pool."""
        connection, self._idle = self._idle, None
        if self._release is not None:
            self._release.cancel()
            self._release = None
        if connection is not None:
            return connection
        connection = await self._engine.connect()
        self._taken_at = time.monotonic()
        return connection

    def _keep(self, connection: AsyncConnection) -> None:
        self._idle = connection
        self._release = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._release_idle)

    def _release_idle(self) -> None:
        connection, self._idle = self._idle, None
        if connection is not None:
            self._start(give_back(connection))

    async def _commit(self, batch: _Batch) -> None:
        """Commit, give every member the outcome, and let the next one begin."""
        try:
            await batch.commit()
        except BaseException as error:  # noqa: BLE001 - each member raises it
            batch.committed.set_exception(error)
            # Where all members have failed before, nobody asks for it.
            batch.committed.exception()
        else:
            batch.committed.set_result(None)
            if time.monotonic() - self._taken_at < LONGEST_KEPT_SECONDS:
                self._keep(batch.connection)
        finally:
            try:
                if self._idle is None:
                    await give_back(batch.connection)
            finally:
                self._pass_on()

    def _give_turn(self) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    def _pass_on(self) -> None:
        """Give the turn to the next one, who goes on with the batch or opens one. Commit what nobody goes on with."""
        if self._give_turn():
            return
        if self._batch is not None:
            self._finish(self._batch)
        else:
            self._is_busy = False
