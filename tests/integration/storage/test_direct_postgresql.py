"""A connection to PostgreSQL that runs prepared statements: it waits, fails and is cancelled as psycopg's own does."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import pq

from storage import direct_postgresql
from storage.database import Database
from storage.direct_postgresql import DirectConnection, connect_alone

SLEEP = b"SELECT pg_sleep($1::float)"


@pytest.fixture
async def url(postgres_database: Database) -> str:
    return postgres_database.sync_url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def direct(url: str) -> AsyncIterator[DirectConnection]:
    """A connection on which each statement begins a transaction."""
    connection = await DirectConnection.connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def committing(url: str) -> AsyncIterator[DirectConnection]:
    connection = await DirectConnection.connect(url, autocommit=True)
    yield connection
    await connection.close()


async def value_of(connection: DirectConnection, sql: bytes, *values: object) -> object:
    [[value]] = connection.read_rows(await connection.run(sql, values))
    return value


def status_of(connection: DirectConnection) -> pq.TransactionStatus:
    return connection.info.transaction_status


async def until_sleeping(connection: DirectConnection, pid: int, *, sleeps: bool = True) -> None:
    """Wait until the server has begun, or ended, to sleep for another connection."""
    query = b"SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'"
    async with asyncio.timeout(20):
        while bool(await value_of(connection, query, pid)) is not sleeps:
            await asyncio.sleep(0.01)  # the server tells nobody


async def test_first_statement_begins_a_transaction(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await committing.run(b"CREATE TABLE t (a integer)", [])
    insert = b"INSERT INTO t VALUES ($1)"
    assert (await direct.run(insert, [1])).command_tuples == 1
    assert await value_of(committing, b"SELECT count(*) FROM t") == 0
    await direct.rollback()
    # Numbers of another size have another type in the driver.
    for number in (2, 70_000):
        await direct.run(insert, [number])
    await direct.commit()
    assert await value_of(committing, b"SELECT sum(a)::integer FROM t") == 70_002


async def test_what_is_put_off_is_done_before_the_next_statement_and_the_commit(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await committing.run(b"CREATE TABLE t (a integer PRIMARY KEY)", [])
    insert, count = b"INSERT INTO t VALUES ($1)", b"SELECT count(*) FROM t"
    direct.put_off(insert, [1])
    direct.put_off(insert, [2])
    assert await value_of(direct, count) == 2
    direct.put_off(insert, [3])
    # Also one that psycopg runs.
    [found] = await (await direct.execute(count)).fetchall()
    assert found == (3,)
    direct.put_off(insert, [4])
    assert await value_of(committing, count) == 0
    await direct.commit()
    assert await value_of(committing, count) == 4
    # A transaction of which everything was put off.
    direct.put_off(insert, [5])
    await direct.commit()
    assert await value_of(committing, count) == 5
    assert direct.info.transaction_status is pq.TransactionStatus.IDLE


async def test_commit_goes_out_with_the_next_statement(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await committing.run(b"CREATE TABLE t (a integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)", [])
    insert, count = b"INSERT INTO t VALUES ($1) RETURNING a", b"SELECT count(*) FROM t"
    direct.put_off(insert, [1])
    direct.commit_with_next()
    assert await value_of(direct, insert, 2) == 2
    assert direct.info.transaction_status == pq.TransactionStatus.IDLE
    assert await value_of(committing, count) == 2
    await direct.commit()
    # The next statement begins a transaction as ever.
    await direct.run(insert, [3])
    assert await value_of(committing, count) == 2
    await direct.rollback()
    direct.commit_with_next()
    with pytest.raises(psycopg.errors.UniqueViolation):
        await direct.run(insert, [1])  # the commit is refused
    await direct.rollback()
    assert await value_of(direct, insert, 3) == 3
    direct.commit_with_next()
    await direct.rollback()
    assert await value_of(direct, insert, 4) == 4
    assert await value_of(committing, count) == 2, "a rollback forgets that the next statement commits"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that a connection waits for the server."""
    waited: list[str] = []
    as_written = DirectConnection._complete

    async def complete(connection: DirectConnection, communication: Any) -> Any:
        waited.append("waited")
        return await as_written(connection, communication)

    monkeypatch.setattr(DirectConnection, "_complete", complete)
    return waited


async def test_first_statements_of_several_coroutines_are_one_message(
    direct: DirectConnection, committing: DirectConnection, waits: list[str]
) -> None:
    await committing.run(b"CREATE TABLE t (a integer PRIMARY KEY)", [])
    insert, count = b"INSERT INTO t VALUES ($1)", b"SELECT count(*) FROM t"

    async def count_twice() -> tuple[object, object]:
        return await value_of(direct, count), await value_of(direct, count)

    async def ask_together() -> list[Any]:
        direct.put_off(insert, [1])
        return await direct.run_together([direct.run(insert, [2]), count_twice(), direct.run(insert, [3])])

    await ask_together()  # the server prepares the statements
    await direct.rollback()
    del waits[:]
    _inserted, counts, inserted = await ask_together()
    # The second one finds what the first one has written, and later what the third one has.
    assert (counts, inserted.command_tuples) == ((2, 3), 1)
    assert len(waits) == 2, "together, and the second count"
    assert await direct.run_together([]) == []


async def test_error_of_one_of_several_coroutines_reaches_all_of_them(direct: DirectConnection) -> None:
    errors: list[str] = []

    async def note(sql: bytes) -> None:
        try:
            await direct.run(sql, [])
        except psycopg.Error as error:
            errors.append(type(error).__name__)
            raise

    with pytest.raises(psycopg.errors.DivisionByZero):
        await direct.run_together([note(sql) for sql in (b"SELECT 1", b"SELECT 1/0", b"SELECT 2")])
    assert errors == ["DivisionByZero"] * 3
    await direct.rollback()
    assert await direct.run_together([value_of(direct, b"SELECT 1"), value_of(direct, b"SELECT 2")]) == [1, 2]


async def test_no_commit_goes_out_with_several_coroutines(direct: DirectConnection) -> None:
    direct.commit_with_next()
    with pytest.raises(RuntimeError):
        await direct.run_together([])


async def test_connection_beside_the_pools_has_the_options_of_the_url(url: str) -> None:
    """With a space, and those of its own after them."""
    given = sa.make_url(url).set(drivername="postgresql+psycopg")
    given = given.update_query_dict({"options": "-c search_path=elsewhere -c work_mem=8MB"})
    connection = await connect_alone(given, options="-c work_mem=9MB")
    settings = [await value_of(connection, b"SHOW " + name) for name in (b"search_path", b"work_mem")]
    await connection.close()
    assert settings == ["elsewhere", "9MB"]


async def test_statements_that_wait_together_can_be_cancelled(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    both = [direct.run(SLEEP, [60.0]), direct.run(b"SELECT 1", [])]
    task, server = asyncio.create_task(direct.run_together(both)), direct.info.backend_pid
    await until_sleeping(committing, server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_sleeping(committing, server, sleeps=False)
    assert direct.closed, "what the server has done of the message is not known"


async def test_commit_goes_out_before_the_next_statement(
    direct: DirectConnection, committing: DirectConnection, waits: list[str]
) -> None:
    await committing.run(b"CREATE TABLE t (a integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)", [])
    insert, count = b"INSERT INTO t VALUES ($1)", b"SELECT count(*) FROM t"
    assert await value_of(committing, count) == 0
    await direct.run(insert, [0])
    await direct.rollback()
    direct.put_off(insert, [1])
    direct.commit_before_next()
    del waits[:]
    assert await value_of(direct, count) == 1
    assert len(waits) == 2, "the server prepares the statement, and runs it with the commit"
    assert status_of(direct) == pq.TransactionStatus.IDLE, "it is in no transaction"
    assert await value_of(committing, count) == 1
    # Where there is nothing to commit, it is a statement of its own.
    direct.commit_before_next()
    assert await value_of(direct, count) == 1
    assert status_of(direct) == pq.TransactionStatus.IDLE
    # The next one begins a transaction as ever.
    await direct.run(insert, [2])
    direct.commit_before_next()
    await direct.rollback()
    assert await value_of(direct, count) == 1
    assert status_of(direct) == pq.TransactionStatus.INTRANS, "a rollback forgets the commit"
    await direct.run(insert, [1])
    direct.commit_before_next()
    with pytest.raises(psycopg.errors.UniqueViolation):
        await direct.run(count, [])  # the commit is refused
    await direct.rollback()
    assert await value_of(committing, count) == 1


async def test_error_of_what_was_put_off_is_raised_later_and_nothing_is_committed(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await committing.run(b"CREATE TABLE t (a integer PRIMARY KEY)", [])
    insert, count = b"INSERT INTO t VALUES ($1)", b"SELECT count(*) FROM t"
    direct.put_off(insert, [1])
    direct.put_off(insert, [1])
    with pytest.raises(psycopg.errors.UniqueViolation):
        await direct.run(count, [])
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await direct.run(insert, [3])
    await direct.rollback()
    direct.put_off(insert, [1])
    direct.put_off(insert, [1])
    with pytest.raises(psycopg.errors.UniqueViolation):
        await direct.commit()
    assert direct.info.transaction_status is pq.TransactionStatus.INERROR
    await direct.rollback()
    assert await value_of(committing, count) == 0


async def test_rollback_forgets_what_was_put_off(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await committing.run(b"CREATE TABLE t (a integer)", [])
    direct.put_off(b"INSERT INTO t VALUES ($1)", [1])
    await direct.rollback()
    await direct.commit()
    assert await value_of(committing, b"SELECT count(*) FROM t") == 0


async def test_nothing_is_put_off_where_no_transaction_is(committing: DirectConnection) -> None:
    """There may be no next statement, and nothing commits."""
    with pytest.raises(RuntimeError):
        committing.put_off(b"SELECT 1", [])


async def test_cancelled_task_cancels_the_statement_and_the_connection_goes_on(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    await direct.run(b"SELECT 1", [])
    pid = direct.info.backend_pid
    running = asyncio.create_task(direct.run(SLEEP, [60.0]))
    await until_sleeping(committing, pid)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert direct.info.transaction_status is pq.TransactionStatus.INERROR
    await direct.rollback()
    assert await value_of(direct, b"SELECT 2") == 2


async def test_task_that_is_cancelled_while_it_begins_a_transaction_closes_the_connection(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    """What the server has done of the message is not known. The statement ends, so it holds no lock any more."""
    pid = direct.info.backend_pid
    running = asyncio.create_task(direct.run(SLEEP, [60.0]))
    await until_sleeping(committing, pid)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert direct.broken
    await until_sleeping(committing, pid, sleeps=False)
    with pytest.raises(psycopg.OperationalError):
        await direct.run(b"SELECT 1", [])


async def test_connection_that_the_server_ends_is_not_watched_any_more(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    """The number of its socket may soon be that of another one, which would never be woken."""
    pid = await value_of(direct, b"SELECT pg_backend_pid()")
    await committing.run(b"SELECT pg_terminate_backend($1)", [pid])
    async with asyncio.timeout(20):
        while direct._loop is not None:
            await asyncio.sleep(0.01)
    with pytest.raises(psycopg.OperationalError):
        await direct.run(b"SELECT 1", [])
    assert direct._loop is None


@pytest.mark.parametrize("statement", [b"SELECT 1", b"SELECT 2"], ids=["prepared", "new"])
async def test_connection_that_is_lost_while_it_sends_is_not_watched_any_more(
    direct: DirectConnection, statement: bytes
) -> None:
    await direct.run(b"SELECT 1", [])
    with socket.socket(fileno=os.dup(direct.pgconn.socket)) as same_socket:
        same_socket.shutdown(socket.SHUT_RDWR)
    with pytest.raises(psycopg.OperationalError):
        await direct.run(statement, [])
    assert direct.closed
    assert direct._loop is None


async def test_statement_that_is_longer_than_the_buffer_of_the_socket_arrives(
    direct: DirectConnection, committing: DirectConnection
) -> None:
    long = "x" * 30_000_000
    for connection in (direct, committing):
        assert await value_of(connection, b"SELECT length($1::text)", long) == len(long)


async def test_oldest_statement_is_forgotten_and_prepared_again(
    committing: DirectConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_postgresql, "MOST_PREPARED", 3)
    for _time in range(2):
        for number in range(5):
            assert await value_of(committing, b"SELECT %d" % number) == number
    assert await value_of(committing, b"SELECT count(*) FROM pg_prepared_statements") == 3


async def test_rollback_leaves_the_statements_prepared(direct: DirectConnection) -> None:
    """What psycopg runs five times it would prepare, and after a rollback it lets the server forget everything."""
    assert await value_of(direct, b"SELECT $1::integer", 1) == 1
    for _time in range(10):
        await direct.execute("SELECT 1")
    await direct.rollback()
    assert await value_of(direct, b"SELECT $1::integer", 2) == 2


@pytest.mark.parametrize(
    "change", ["DEALLOCATE ALL", "ALTER TABLE known ALTER COLUMN a TYPE text"], ids=["forgotten", "changed"]
)
async def test_outdated_statement_is_prepared_again_at_the_next_run(
    committing: DirectConnection, change: str
) -> None:
    """Another version of the bot may migrate the database while this one runs."""
    await committing.run(b"CREATE TABLE known (a integer)", [])
    await committing.run(b"SELECT a FROM known", [])
    await committing.execute(change.encode())
    with pytest.raises(psycopg.Error):
        await committing.run(b"SELECT a FROM known", [])
    assert (await committing.run(b"SELECT a FROM known", [])).ntuples == 0
