"""A connection to PostgreSQL that runs prepared statements with few steps, and waits for their results with few.

psycopg makes a cursor for each statement, converts its text, and looks for a prepared form of it. Around each wait it adds and
removes the socket in the event loop, and starts a timer. This connection does the first three once for each statement, and
lets the event loop watch its socket as long as it is open. The beginning of a transaction goes out with its first statement,
and a statement whose result nobody needs with the next one. See decision records 0060 and 0061.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from typing import Any, Self, TypeVar

import psycopg
from psycopg import adapt, errors, generators, pq
from psycopg.abc import Transformer
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

MOST_PREPARED = 300
"""How many statements a connection keeps prepared. The server keeps a plan for each."""
_OUTDATED = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
"""The server has forgotten a prepared statement, or a migration has changed what it returns. The next run prepares it again."""
CANCEL_SECONDS = 5.0
"""Time limit for the end of a statement whose task was cancelled. After that the connection is closed."""
T = TypeVar("T")
_Communication = Generator[Any, Any, T]
_WRITE = int(Wait.W)
_Key = tuple[bytes, tuple[int, ...]]
Statement = tuple[bytes, Sequence[Any]]
"""The text of a statement, with ``$1`` and so on, and the values of these parameters."""


class DirectConnection(psycopg.AsyncConnection[Any]):
    """A connection of psycopg. ``run`` is the short way for statements that are run again and again."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop that watches the socket. None while no loop does."""
        self._watched = -1
        self._arrived: asyncio.Future[None] | None = None
        self._transformer: Transformer | None = None
        self._names: OrderedDict[_Key, bytes] = OrderedDict()
        self._next_name = 0
        self._put_off: list[Statement] = []
        self._commits_next = False

    @classmethod
    async def connect(cls, *given: Any, **options: Any) -> Self:
        """Connect as psycopg does. It prepares no statement by itself.

        After a ROLLBACK, and after DROP and ALTER, psycopg has the server forget every statement if it has prepared one: also
        those of ``run``, which would then fail for as long as the connection is open.
        """
        return await super().connect(*given, **options | {"prepare_threshold": None})

    async def run(self, sql: bytes, values: Sequence[Any]) -> PGresult:
        """Run a statement whose parameters are ``$1`` and so on. Begins a transaction as psycopg does.

        The statement is prepared when it comes for the first time. Raises what psycopg raises.
        """
        commits, self._commits_next = self._commits_next, False
        async with self.lock:
            results = await self._run_with_put_off([(sql, values)], commits=commits)
            return results[-2] if commits else results[-1]

    async def run_all(self, statements: Sequence[Statement]) -> list[PGresult]:
        """Run several statements in one message, as ``run`` does each. After one that fails, the others do not run.

        Without a transaction around them they are one of their own.
        """
        async with self.lock:
            return (await self._run_with_put_off(statements))[-len(statements) :]

    def put_off(self, sql: bytes, values: Sequence[Any]) -> None:
        """Run a statement in the message of the next one, or of the COMMIT, which then also raises its error.

        So what comes after it in the transaction always finds it done. Only within a transaction.
        """
        if self._autocommit:
            raise RuntimeError("without a transaction there may be no next statement")
        self._put_off.append((sql, values))

    def commit_with_next(self) -> None:
        """Commit in the message of the next ``run``, which then raises the error of the commit too.

        What comes after that begins another transaction.
        """
        self._commits_next = True

    async def commit(self) -> None:
        """Commit the transaction, in one message with what was put off. Raises what psycopg raises."""
        self._commits_next = False
        if not self._put_off:
            await super().commit()
            return
        async with self.lock:
            await self._run_with_put_off([], commits=True)

    async def rollback(self) -> None:
        """Take the transaction back, and forget what was put off."""
        self._put_off.clear()
        self._commits_next = False
        await super().rollback()

    async def _run_with_put_off(
        self, statements: Sequence[Statement], *, commits: bool = False
    ) -> list[PGresult]:
        """Run what was put off and some statements in one message. The last results are those of ``statements``."""
        if self.closed:
            raise psycopg.OperationalError("the connection is closed")
        statements, self._put_off = [*self._put_off, *statements], []
        connection = self.pgconn
        sends = [await self._prepare(sql, values) for sql, values in statements]
        if commits:
            sends.append(_send_commit)
        if not self._autocommit and connection.transaction_status == pq.TransactionStatus.IDLE:
            sends.insert(0, _send_begin)
        if len(sends) == 1:
            sends[0](connection)
            results: list[PGresult] = await self._complete(generators.execute(connection))
        else:
            connection.enter_pipeline_mode()
            for send in sends:
                send(connection)
            connection.pipeline_sync()
            results = await self._complete(_fetch_all(connection, len(sends)))
            connection.exit_pipeline_mode()
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                error = errors.error_from_result(result)
                if isinstance(error, _OUTDATED):
                    self._names.clear()
                raise error
        return results

    def read_rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """Return the rows of a result that ``run`` has just returned."""
        transformer = self._open_transformer()
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _open_transformer(self) -> Transformer:
        # With the first statement: SQLAlchemy adapts types when it has connected.
        if self._transformer is None:
            self._transformer = adapt.Transformer(self)
        return self._transformer

    async def _prepare(self, sql: bytes, values: Sequence[Any]) -> Callable[[PGconn], None]:
        """Return what sends a statement with its values. The server gets the statement itself once."""
        transformer = self._open_transformer()
        dumped = transformer.dump_sequence(values, [adapt.PyFormat.AUTO] * len(values))
        # As psycopg does: the type of a number depends on its size.
        types, formats = transformer.types or (), transformer.formats
        name = self._names.get((sql, types)) or await self._give_name(sql, types)
        return lambda connection: connection.send_query_prepared(name, dumped, param_formats=formats)

    async def _give_name(self, sql: bytes, types: tuple[int, ...]) -> bytes:
        self._next_name += 1
        name = b"kept_%d" % self._next_name
        self.pgconn.send_prepare(name, sql, param_types=types)
        await self._communicate()
        self._names[sql, types] = name
        if len(self._names) > MOST_PREPARED:
            _oldest, forgotten = self._names.popitem(last=False)
            self.pgconn.send_query(b"DEALLOCATE " + forgotten)
            await self._communicate()
        return name

    async def _communicate(self) -> None:
        for result in await self._complete(generators.execute(self.pgconn)):
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result)

    @staticmethod
    def read_types(result: PGresult) -> list[int]:
        """Return the type of each column of a result, by its number in PostgreSQL."""
        return [result.ftype(place) for place in range(result.nfields)]

    async def wait(self, gen: _Communication[T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109 - the method of psycopg
        """Run a communication of psycopg with the server to its end, after what was put off.

        Where the task is cancelled, the statement is cancelled too. ``interval`` is not used: psycopg looks by it for a
        signal, and the event loop gets those by itself.
        """
        if timeout is not None:
            self._end_watch()
            return await super().wait(gen, interval, timeout)
        if self._put_off:
            await self._run_with_put_off([])
        return await self._complete(gen)

    async def _complete(self, gen: _Communication[T]) -> T:
        """Run a communication with the server to its end, as ``wait`` does."""
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(await self._wait_for_socket(wanted))
        except StopIteration as end:
            value: T = end.value
            return value
        except (asyncio.CancelledError, KeyboardInterrupt):
            await self._cancel_statement(gen)
            raise
        finally:
            if self.pgconn.status != pq.ConnStatus.OK:
                # The socket is closed, and its number may soon be that of another one.
                self._end_watch()

    async def _wait_for_socket(self, wanted: Wait) -> Ready:
        loop = self._watch()
        self._arrived = arrived = loop.create_future()
        if not wanted & _WRITE:
            await arrived
            return Ready.R
        # A statement that is longer than the buffer of the socket, which is rare.
        loop.add_writer(self._watched, self._note_arrival)
        try:
            await arrived
        finally:
            loop.remove_writer(self._watched)
        return Ready.RW

    def _watch(self) -> asyncio.AbstractEventLoop:
        """Let the event loop watch the socket from now on."""
        if self._loop is None:
            loop = asyncio.get_running_loop()
            self._watched = self.pgconn.socket
            loop.add_reader(self._watched, self._note_arrival)
            self._loop = loop
        return self._loop

    def _note_arrival(self) -> None:
        if self._arrived is None or self._arrived.done():
            # Nobody waits: the server has closed the connection. The next statement finds that.
            self._end_watch()
        else:
            self._arrived.set_result(None)

    def _end_watch(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._watched)
            self._loop = None

    async def _cancel_statement(self, gen: _Communication[Any]) -> None:
        """Let the server end the running statement, or close the connection."""
        self._end_watch()
        if self.pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
            return
        try:
            await self.cancel_safe(timeout=CANCEL_SECONDS)
            if self.pgconn.pipeline_status != pq.PipelineStatus.OFF:
                # What the server has done of the message is not known.
                self.pgconn.finish()
                return
            await super().wait(gen, timeout=CANCEL_SECONDS)
        except errors.QueryCanceled:
            return
        except BaseException:  # noqa: BLE001 - what the connection does is not known, and the caller raises the first error
            self.pgconn.finish()

    async def close(self) -> None:
        """Close the connection."""
        self._end_watch()
        await super().close()


def _send_begin(connection: PGconn) -> None:
    connection.send_query_params(b"BEGIN", None)


def _send_commit(connection: PGconn) -> None:
    connection.send_query_params(b"COMMIT", None)


def _fetch_all(connection: PGconn, count: int) -> _Communication[list[PGresult]]:
    """Send what is queued, and return the results of ``count`` statements."""
    yield from generators.send(connection)
    results: list[PGresult] = []
    for _statement in range(count):
        results += yield from generators.fetch_many(connection)
    # The end of the message.
    yield from generators.fetch_many(connection)
    return results
