"""Books on a fresh database of each kind, and a list of the jobs that were handed over."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from bot.store import Job
from storage.books import SqlBooks
from storage.database import Database
from storage.migrate import upgrade
from storage.vault import Vault, new_key


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    upgrade(database)
    yield database
    await database.close()


@pytest.fixture
def books(database: Database) -> SqlBooks:
    async def keep_nothing(_connection: AsyncConnection, _job: Job) -> None:
        return

    return SqlBooks(database, Vault([new_key()]), OrgId("itdesk"), keep_nothing)
