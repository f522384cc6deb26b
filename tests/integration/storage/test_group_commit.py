"""Commands that come at the same time share a commit: each is stored before it is answered, and none takes another one along."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support import postgres

from storage import group_commit
from storage.database import Database
from storage.group_commit import SharedTransactionLost

COUNT = 20
INSERT = sa.text("INSERT INTO numbers VALUES (:number)")


class _Refused(Exception):
    """What a command is refused for."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE numbers (number INTEGER)"))
    yield database
    await database.close()


async def insert(database: Database, number: int) -> None:
    async with database.begin_shared() as connection:
        await connection.execute(INSERT, {"number": number})


async def stored(database: Database) -> list[int]:
    async with database.reader.connect() as connection:
        return list(
            (await connection.execute(sa.text("SELECT number FROM numbers ORDER BY rowid"))).scalars()
        )


@contextmanager
def counted_commits(database: Database) -> Iterator[list[None]]:
    commits: list[None] = []

    def count(_connection: sa.Connection) -> None:
        commits.append(None)

    sa.event.listen(database.writer.sync_engine, "commit", count)
    yield commits
    sa.event.remove(database.writer.sync_engine, "commit", count)


async def test_all_that_wait_for_a_commit_share_the_next_one(database: Database) -> None:
    with counted_commits(database) as commits:
        await asyncio.gather(*(insert(database, number) for number in range(COUNT)))
    assert await stored(database) == list(range(COUNT)), "each in the order it came"
    assert len(commits) <= 2


async def test_a_commit_is_never_shared_by_more_than_its_limit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer of the process gets its turn between two commits."""
    monkeypatch.setattr(group_commit, "MOST_MEMBERS", 5)
    with counted_commits(database) as commits:
        await asyncio.gather(*(insert(database, number) for number in range(COUNT)))
    assert await stored(database) == list(range(COUNT))
    assert len(commits) >= COUNT / 5


async def test_connection_is_kept_for_the_next_commit_and_given_back_after_a_moment(
    database: Database,
) -> None:
    """So that others who write, such as a migration, get it."""
    taken: list[str] = []
    sa.event.listen(database.writer.sync_engine, "checkout", lambda *_given: taken.append("taken"))
    for number in range(3):
        await insert(database, number)
    assert len(taken) == 1
    async with asyncio.timeout(20), database.writer.begin() as connection:
        await connection.execute(INSERT, {"number": 3})
    await insert(database, 4)
    assert len(taken) == 3
    assert await stored(database) == list(range(5))


async def test_who_waits_for_the_pool_gets_the_connection_although_others_go_on_writing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "LONGEST_KEPT_SECONDS", 0.01)
    monkeypatch.setattr(group_commit, "KEEP_SECONDS", 60)
    written: list[str] = []

    async def go_on() -> None:
        for number in range(COUNT):
            await insert(database, number)
            written.append("shared")

    async def write_once() -> None:
        async with database.writer.begin() as connection:
            await connection.execute(INSERT, {"number": COUNT})
        written.append("by itself")

    await insert(database, COUNT + 1)
    async with asyncio.timeout(20):
        await asyncio.gather(go_on(), write_once())
    assert written.index("by itself") < COUNT


async def test_one_that_fails_takes_back_its_own_alone(database: Database) -> None:
    async def fail() -> None:
        async with database.begin_shared() as connection:
            await connection.execute(INSERT, {"number": -1})
            raise _Refused

    outcomes = await asyncio.gather(
        fail(), insert(database, 1), fail(), insert(database, 2), fail(), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [_Refused, type(None), _Refused, type(None), _Refused]
    assert await stored(database) == [1, 2]
    await insert(database, 3)
    assert await stored(database) == [1, 2, 3]


async def test_nobody_is_answered_before_the_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the commit given up with the command of somebody who has stopped waiting."""
    begun, may_commit = threading.Event(), threading.Event()
    do_commit = database.writer.dialect.do_commit

    def commit_later(dbapi_connection: Any) -> None:
        class _Slow:
            def commit(self) -> None:
                begun.set()
                may_commit.wait()
                dbapi_connection.commit()

        do_commit(_Slow())  # type: ignore[arg-type]  # a commit needs no more of a connection

    monkeypatch.setattr(database.writer.dialect, "do_commit", commit_later)
    first, second, third = (asyncio.create_task(insert(database, number)) for number in (1, 2, 3))
    assert await asyncio.to_thread(begun.wait, 10)
    assert await stored(database) == []
    assert not any(task.done() for task in (first, second, third))
    first.cancel()
    third.cancel()
    await asyncio.wait({first, third})
    may_commit.set()
    await second
    assert first.cancelled()
    assert third.cancelled()
    # The first one was being committed, so its outcome was not known. The third one had not begun.
    assert [number for number in await stored(database) if number != 3] == [1, 2]


async def test_transaction_that_sqlite_gives_up_fails_for_all_who_share_it(database: Database) -> None:
    """A full disk ends a transaction, whichever statement met it: who was done before must not be answered “done”."""
    may_fail = asyncio.Event()

    async def give_up() -> None:
        async with database.begin_shared() as connection:
            await may_fail.wait()
            await _end_transaction(connection)
            raise _Refused

    async def hold() -> None:
        async with database.begin_shared():
            await may_fail.wait()

    holder = asyncio.create_task(hold())
    tasks = [asyncio.create_task(insert(database, 1)), asyncio.create_task(give_up())]
    tasks.append(asyncio.create_task(insert(database, 2)))
    await asyncio.sleep(0)  # each takes its place
    may_fail.set()
    outcomes = await asyncio.gather(holder, *tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:3]] == [
        SharedTransactionLost,
        SharedTransactionLost,
        _Refused,
    ]
    assert outcomes[3] is None, "it came later, and got a transaction of its own"
    assert await stored(database) == [2]


async def _end_transaction(connection: AsyncConnection) -> None:
    """What SQLite does by itself when the disk is full."""
    raw = await connection.get_raw_connection()
    assert raw.driver_connection is not None
    raw.driver_connection.execute("ROLLBACK")


async def test_commands_on_postgresql_write_at_the_same_time(postgres_server: str) -> None:
    """There the database shares the waits for the disk, so each has a transaction of its own."""
    database = Database(postgres.new_database(postgres_server, "shared"))
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE numbers (number INTEGER)"))
    inside = [asyncio.Event(), asyncio.Event()]

    async def meet(number: int) -> None:
        async with database.begin_shared() as connection:
            await connection.execute(INSERT, {"number": number})
            inside[number].set()
            await inside[1 - number].wait()

    async with asyncio.timeout(30):
        await asyncio.gather(meet(0), meet(1))
    await database.close()
