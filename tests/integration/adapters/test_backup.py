"""Back up a database while it is used, and restore it: all of it, or nothing."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.engine.queue import JobQueue
from bot.jobs import RefreshTechnicians
from bot.model.ids import Email, OrgId
from storage.backup import back_up, replaced_file, restore
from storage.database import Database
from storage.errors import BackupError
from storage.migrate import downgrade_schema, is_schema_current, upgrade_schema
from storage.restored import MARK, settle_restored_database
from storage.tables import admins
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

ORG = OrgId("itdesk")
ROOT = Path(__file__).parents[3]
VAULT = Vault([new_key()])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the tables of the bot and of the engine, and an SDAdmin."""
    database = Database(database_url)
    upgrade_schema(database)
    await asyncio.to_thread(JobQueue.migrate, database)
    await grant(database, "before@example.test")
    yield database
    await database.close()


def unit_of_work(database: Database) -> SqlUnitOfWork:
    return SqlUnitOfWork(database, VAULT, ORG, JobQueue(database).enqueue)


async def grant(database: Database, address: str) -> None:
    async with unit_of_work(database).write() as tx:
        await tx.people.grant_admin(Email(address))


async def granted(database_url: str) -> set[str]:
    """Return the SDAdmins, on connections of its own: a restore replaces the file."""
    database = Database(database_url)
    async with database.reader.connect() as connection:
        addresses = set((await connection.execute(sa.select(admins.c.email))).scalars())
    await database.close()
    return addresses


async def has_table(database_url: str, name: str) -> bool:
    database = Database(database_url)
    async with database.reader.connect() as connection:
        found = await connection.run_sync(lambda it: sa.inspect(it).has_table(name))
    await database.close()
    return found


async def test_backup_is_a_copy_of_one_moment_that_only_its_owner_may_read(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    umask = os.umask(0)
    try:
        async with unit_of_work(database).write() as tx:
            await tx.people.grant_admin(Email("uncommitted@example.test"))
            await asyncio.to_thread(back_up, database, file)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await database.close()
    await asyncio.to_thread(restore, database, file)
    assert await granted(database_url) == {"before@example.test"}


async def test_restore_replaces_everything_and_leaves_a_mark(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """A table that is newer than the backup goes too, or the next upgrade would fail."""
    file = tmp_path / "backup"
    downgrade_schema(database, "0010")
    back_up(database, file)
    upgrade_schema(database)
    await grant(database, "after@example.test")
    await database.close()
    await asyncio.to_thread(restore, database, file)
    assert await granted(database_url) == {"before@example.test"}
    assert await has_table(database_url, MARK)
    assert not await has_table(database_url, "session_records")
    upgrade_schema(database)
    assert is_schema_current(database)
    if database.is_sqlite:
        assert await granted(f"sqlite:///{replaced_file(database)}") == {
            "before@example.test",
            "after@example.test",
        }


async def test_first_start_after_a_restore_cancels_the_jobs_and_settles_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file, queue = tmp_path / "backup", JobQueue(database)
    async with unit_of_work(database).write() as tx:
        await tx.enqueue(RefreshTechnicians(), key="now")
        await tx.enqueue(RefreshTechnicians(), key="later", delay_seconds=3600)
    back_up(database, file)
    await database.close()
    queue.close()
    await asyncio.to_thread(restore, database, file)
    settled: list[str] = []
    restored, queue = Database(database_url), JobQueue(Database(database_url))

    async def settle(tx: object) -> None:
        settled.append(type(tx).__name__)

    for is_first in (True, False):
        is_settled = await settle_restored_database(
            restored, VAULT, ORG, enqueue=queue.enqueue, cancel_jobs=queue.cancel_all, settle=settle
        )
        assert is_settled is is_first
    table = "workflow_status" if restored.is_sqlite else "dbos.workflow_status"
    async with restored.reader.connect() as connection:
        jobs = await connection.execute(sa.text(f"SELECT workflow_uuid, status, queue_name FROM {table}"))  # noqa: S608 - a constant
        assert sorted(map(tuple, jobs)) == [("later", "CANCELLED", None), ("now", "CANCELLED", None)]
    assert settled == ["SqlTransaction"]
    assert not await has_table(database_url, MARK)
    await restored.close()
    queue.close()


async def test_what_is_no_backup_is_refused_and_changes_nothing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    file.write_text("no backup")
    with pytest.raises(BackupError, match=r"backup exists already: choose another name"):
        back_up(database, file)
    for wrong in (file, tmp_path / "none"):
        with pytest.raises(BackupError):
            restore(database, wrong)
    await database.close()
    assert await granted(database_url) == {"before@example.test"}
    assert not await has_table(database_url, MARK)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_database_that_is_in_use_is_not_replaced(database: Database, tmp_path: Path) -> None:
    back_up(database, tmp_path / "backup")
    database.lock_file()
    other = Database(database.url.render_as_string())
    with pytest.raises(BackupError, match="a tvbot has this SQLite database open: stop it first"):
        restore(other, tmp_path / "backup")
    await other.close()


KILL_AT_FLUSH = """
import os, signal, sys
from pathlib import Path
from storage.backup import restore
from storage.database import Database
flush, left = os.fsync, [int(sys.argv[3])]
def flush_or_die(descriptor):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    flush(descriptor)
os.fsync = flush_or_die
restore(Database(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("flush", [1, 2])
async def test_restore_killed_in_the_middle_on_sqlite(
    database: Database, database_url: str, tmp_path: Path, flush: int
) -> None:
    """Before the file gets its name (1) the database is as it was, and afterwards (2) it is restored."""
    back_up(database, tmp_path / "backup")
    await grant(database, "after@example.test")
    await database.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILL_AT_FLUSH, database_url, str(tmp_path / "backup"), str(flush), cwd=ROOT
    )
    assert await process.wait() == -signal.SIGKILL
    is_restored = flush == 2
    after = set() if is_restored else {"after@example.test"}
    assert await granted(database_url) == {"before@example.test", *after}
    assert await has_table(database_url, MARK) is is_restored


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_restore_killed_in_the_middle_on_postgresql(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """It is killed while it waits for a transaction that reads one of the tables."""
    await asyncio.to_thread(back_up, database, tmp_path / "backup")
    await grant(database, "after@example.test")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    async with database.writer.begin() as reading:
        await reading.execute(sa.select(admins))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from adapters.cli.main import run; run()",
            "db",
            "restore",
            str(tmp_path / "backup"),
            env={**clean, "TVBOT_DATABASE_URL": database_url},
            cwd=ROOT,
            start_new_session=True,
        )
        await _wait_until_blocked(database, process.wait)
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    assert await granted(database_url) == {"before@example.test", "after@example.test"}
    assert not await has_table(database_url, MARK)


async def _wait_until_blocked(database: Database, wait: Callable[[], Awaitable[int]]) -> None:
    """Wait until a transaction waits for another one's lock."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    ended = asyncio.ensure_future(wait())
    async with asyncio.timeout(60), database.reader.connect() as connection:
        while not (await connection.execute(waiting)).scalar():
            assert not ended.done(), "it ended before it was killed"
            await asyncio.sleep(0.02)  # PostgreSQL sends no event for a blocked transaction
    ended.cancel()
