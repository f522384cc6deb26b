"""A connection to PostgreSQL that runs prepared statements with few steps, and waits for their results with few.

psycopg makes a cursor for each statement, converts its text, and looks for a prepared form of it. Around each wait it adds and
removes the socket in the event loop, and starts a timer. This connection does the first three once for each statement, and
lets the event loop watch its socket as long as it is open. The beginning of a transaction goes out with its first statement,
a statement whose result nobody needs with the next one, and the first statements of several coroutines together. See decision records 0060,
0061 and 0066.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, Self, TypeVar, cast

import psycopg
import sqlalchemy as sa
from psycopg import adapt, errors, generators, pq
from psycopg.abc import Transformer
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from storage.side_by_side import Awaited, SideBySide

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
        self._writes = False
        self._communication: _Communication[Any] | None = None
        self._ended: asyncio.Future[Any] | None = None
        """Gets the result of the communication that is under way."""
        self._transformer: Transformer | None = None
        self._names: OrderedDict[_Key, bytes] = OrderedDict()
        self._next_name = 0
        self._put_off: list[Statement] = []
        self._commits_with_next = False
        self._commits_before_next = False
        self._collected: list[tuple[Statement, Awaited[PGresult]]] | None = None
        """The statements that are about to go out together. None while each goes out by itself."""

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
        if self._collected is not None:
            awaited: Awaited[PGresult] = Awaited()
            self._collected.append(((sql, values), awaited))
            return await awaited
        async with self.lock:
            return (await self._run_message([(sql, values)]))[0]

    async def run_together(self, works: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
        """Await coroutines whose first statements go out in one message, in this order, and return their results.

        Where one fails, each coroutine gets its error. All have ended when it is raised. A commit must not go out with them.
        """
        if self._commits_with_next:
            raise RuntimeError(
                "a coroutine that fails at once would not keep the others from being committed"
            )
        collected = self._collected = []
        try:
            begun = SideBySide(works)
        finally:
            self._collected = None
        try:
            async with self.lock:
                results = await self._run_message([one for one, _awaited in collected]) if collected else []
        except BaseException as error:  # noqa: BLE001 - the coroutines raise it
            for _statement, awaited in collected:
                awaited.fail(error)
        else:
            for (_statement, awaited), result in zip(collected, results, strict=True):
                awaited.give(result)
        return await begun.end()

    async def _run_message(self, statements: Sequence[Statement]) -> list[PGresult]:
        """Run statements in one message, with the commit that was asked for. Returns their results."""
        commits_first, self._commits_before_next = self._commits_before_next, False
        commits, self._commits_with_next = self._commits_with_next, False
        results = await self._run_with_put_off(statements, commits_first=commits_first, commits=commits)
        return results[-len(statements) - 1 : -1] if commits else results[-len(statements) :]

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
        self._commits_with_next = True

    def commit_before_next(self) -> None:
        """Commit in the message of the next ``run``, before its statement, which then finds what others have committed by then.

        That one is in no transaction.
        """
        self._commits_before_next = True

    @property
    def needs_run(self) -> bool:
        """Whether the next statement has to be run by ``run``: psycopg knows nothing of what goes out with it."""
        return self._commits_before_next or self._collected is not None

    async def commit(self) -> None:
        """Commit the transaction, in one message with what was put off. Raises what psycopg raises."""
        self._forget_next()
        if not self._put_off:
            await super().commit()
            return
        async with self.lock:
            await self._run_with_put_off([], commits=True)

    async def rollback(self) -> None:
        """Take the transaction back, and forget what was put off."""
        self._put_off.clear()
        self._forget_next()
        await super().rollback()

    def _forget_next(self) -> None:
        self._commits_with_next = self._commits_before_next = False

    async def _run_with_put_off(
        self, statements: Sequence[Statement], *, commits_first: bool = False, commits: bool = False
    ) -> list[PGresult]:
        """Run what was put off and some statements in one message. The last results are those of ``statements``, and of the commit.

        ``commits_first``: commit what came before the statements.
        """
        if self.closed:
            raise psycopg.OperationalError("the connection is closed")
        put_off, self._put_off = self._put_off, []
        connection = self.pgconn
        sends = [await self._prepare(sql, values) for sql, values in put_off]
        is_idle = connection.transaction_status == pq.TransactionStatus.IDLE
        begins = is_idle and not self._autocommit and (bool(put_off) or not commits_first)
        if begins:
            sends.insert(0, _send_begin)
        if commits_first and (begins or not is_idle):
            sends.append(_send_commit)
        sends += [await self._prepare(sql, values) for sql, values in statements]
        if commits:
            sends.append(_send_commit)
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
        name = self._names.get((sql, types))
        if name is None:
            name = await self._give_name(sql, types)
        else:
            # The one that was used longest ago is forgotten first, so none of the message that is being made.
            self._names.move_to_end((sql, types))
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
        except StopIteration as end:
            value: T = end.value
            return value
        self._ended = ended = self._watch().create_future()
        self._communication = gen
        self._wait_to_write(wanted)
        try:
            return cast("T", await ended)
        except (asyncio.CancelledError, KeyboardInterrupt):
            await self._cancel_statement(gen)
            raise
        finally:
            self._communication = self._ended = None
            if self.pgconn.status != pq.ConnStatus.OK:
                # The socket is closed, and its number may soon be that of another one.
                self._end_watch()

    def _watch(self) -> asyncio.AbstractEventLoop:
        """Let the event loop watch the socket from now on."""
        if self._loop is None:
            loop = asyncio.get_running_loop()
            self._watched = self.pgconn.socket
            loop.add_reader(self._watched, self._advance, Ready.R)
            self._loop = loop
        return self._loop

    def _wait_to_write(self, wanted: Wait) -> None:
        """Let the event loop watch whether the socket takes more. A statement is rarely longer than its buffer."""
        if self._loop is not None:
            if wanted & _WRITE:
                self._loop.add_writer(self._watched, self._advance, Ready.RW)
            elif self._writes:
                self._loop.remove_writer(self._watched)
            self._writes = bool(wanted & _WRITE)

    def _advance(self, ready: Ready) -> None:
        """Go on with the communication, in the moment in which the socket is ready: it would be reported again until it is read."""
        if self._communication is None or self._ended is None or self._ended.done():
            # Nobody waits: the server has closed the connection. The next statement finds that.
            self._end_watch()
            return
        try:
            self._wait_to_write(self._communication.send(ready))
        except StopIteration as end:
            self._ended.set_result(end.value)
        except Exception as error:  # noqa: BLE001 - who waits raises it
            self._ended.set_exception(error)

    def _end_watch(self) -> None:
        if self._loop is not None:
            self._wait_to_write(Wait.R)
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


async def connect_alone(url: sa.URL, *, options: str = "") -> DirectConnection:
    """Connect beside SQLAlchemy's pools, without transactions. ``options`` are for the server, after those of the URL."""
    _none, given = url.get_dialect()().create_connect_args(url)
    merged = {**given, "options": f"{given.get('options', '')} {options}".strip()}
    return await DirectConnection.connect(autocommit=True, **merged)


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
