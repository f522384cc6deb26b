"""A database of every released version can be upgraded, and everything in it is still there."""

import asyncio

import pytest
from support.released_databases import FOLDER, read_all, restore_into, unit_of_work_of

from adapters.engine.queue import JobQueue
from bot.model.audit import first_flaw
from storage.database import Database
from storage.key_check import require_known_keys
from storage.migrate import is_schema_current, upgrade_schema
from storage.vault import Vault

VERSIONS = sorted(folder.name for folder in FOLDER.iterdir())


def test_databases_are_kept() -> None:
    """Without them the test below would prove nothing."""
    assert VERSIONS, "keep one at each release: sh scripts/keep-database VERSION"


@pytest.mark.parametrize("version", VERSIONS)
async def test_upgrade_keeps_everything(version: str, database_url: str) -> None:
    """Sessions, links that only the keys open, choices, switches, roles, and a trail that nobody has changed."""
    database = Database(database_url)
    kept = await restore_into(database, version)
    upgrade_schema(database)
    await asyncio.to_thread(JobQueue.migrate, database)
    assert is_schema_current(database)
    await require_known_keys(database, Vault([kept["key"]]))
    unit_of_work = unit_of_work_of(database, kept["key"])
    assert await read_all(unit_of_work, list(kept["left"]["technicians"])) == kept["left"]
    async with unit_of_work.read() as tx:
        assert first_flaw(await tx.audit.all()) is None
    await database.close()
