"""Units of work: in memory, and on a fresh database of each kind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.memory.unit_of_work import MemoryUnitOfWork
from support.migrated import borrowed_postgres, write_sqlite_file

from bot.jobs import Job
from bot.model.ids import OrgId
from bot.unit_of_work import UnitOfWork
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with every table and no rows, of each kind in turn."""
    if request.param == "sqlite":
        yield write_sqlite_file(tmp_path / "tvbot.db")
        return
    with borrowed_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_url)
    yield database
    await database.close()


@pytest.fixture
def sql_unit_of_work(database: Database) -> SqlUnitOfWork:
    return SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), _enqueue_nothing)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def unit_of_work(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[UnitOfWork]:
    """Every unit of work there is. A test with this fixture is part of their contract."""
    if request.param == "memory":
        yield MemoryUnitOfWork()
        return
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = write_sqlite_file(tmp_path / "tvbot.db")
        else:
            server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(borrowed_postgres(server))
        database = Database(url)
        yield SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), _enqueue_nothing)
        await database.close()


@pytest.fixture
async def postgres_database(postgres_server: str) -> AsyncIterator[Database]:
    """A PostgreSQL database. Only there can several transactions write at the same time."""
    with borrowed_postgres(postgres_server) as url:
        database = Database(url)
        yield database
        await database.close()


@pytest.fixture
def postgres_unit_of_work(postgres_database: Database) -> SqlUnitOfWork:
    return SqlUnitOfWork(postgres_database, Vault([new_key()]), OrgId("itdesk"), _enqueue_nothing)


@pytest.fixture
def wait_for_blocked_transaction(postgres_database: Database) -> Callable[[], Awaitable[None]]:
    """Return a function that waits until a transaction waits for another one's lock."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    async def wait() -> None:
        async with asyncio.timeout(20), postgres_database.reader.connect() as connection:
            while not (await connection.execute(waiting)).scalar():
                await asyncio.sleep(0.01)  # PostgreSQL sends no event for a blocked transaction

    return wait
