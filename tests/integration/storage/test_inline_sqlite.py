"""SQLite on the event loop: nothing that waits for the disk or for a lock may block it."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import Database


class _SlowDisk:
    """Holds every commit of an engine back until ``may_write`` is set, and notes the thread in which it waits."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_write = threading.Event()
        self.begun = asyncio.Event()
        self.thread: threading.Thread | None = None
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(database.writer.dialect, "do_commit", self._do_commit)
        self._plain = type(database.writer.dialect).do_commit
        self._dialect = database.writer.dialect

    def _do_commit(self, dbapi_connection: sqlite3.Connection) -> None:
        slow = self

        class _Connection:
            def commit(self) -> None:
                slow.thread = threading.current_thread()
                slow._loop.call_soon_threadsafe(slow.begun.set)
                slow.may_write.wait()
                dbapi_connection.commit()

        self._plain(self._dialect, _Connection())  # type: ignore[arg-type]  # a commit needs no more of a connection


async def _database(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder}/bot.db")
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE numbers (number INTEGER)"))
    return database


async def _insert(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("INSERT INTO numbers VALUES (1)"))


async def _count(database: Database) -> int:
    async with database.reader.connect() as connection:
        return int((await connection.execute(sa.text("SELECT count(*) FROM numbers"))).scalar_one())


async def test_other_tasks_run_while_a_commit_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await _database(tmp_path)
    disk = _SlowDisk(database, monkeypatch)
    writing = asyncio.create_task(_insert(database))
    await disk.begun.wait()
    assert await _count(database) == 0, "a reader does not wait for the disk of a writer"
    disk.may_write.set()
    await writing
    assert await _count(database) == 1
    assert disk.thread is not threading.main_thread()
    await database.close()


async def test_a_commit_that_has_begun_is_finished_although_its_task_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await _database(tmp_path)
    disk = _SlowDisk(database, monkeypatch)
    writing = asyncio.create_task(_insert(database))
    await disk.begun.wait()
    writing.cancel()
    disk.may_write.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await _count(database) == 1
    await _insert(database)
    assert await _count(database) == 2, "the next transaction finds a connection that works"
    await database.close()


async def test_the_event_loop_runs_while_a_writer_waits_for_the_lock_of_another_process(
    tmp_path: Path,
) -> None:
    database = await _database(tmp_path)
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(_insert(database))
    assert await _count(database) == 0
    assert not writing.done()
    other.execute("COMMIT")
    await writing
    assert await _count(database) == 1
    other.close()
    await database.close()


async def test_a_writer_can_begin_with_a_statement(tmp_path: Path) -> None:
    database = await _database(tmp_path)
    async with database.writer.connect() as connection:
        await connection.execute(sa.text("INSERT INTO numbers VALUES (1)"))
        await connection.commit()
    assert await _count(database) == 1
    await database.close()
