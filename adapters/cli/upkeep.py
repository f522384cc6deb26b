"""What an operator does to the database from outside: migrate, check, rotate keys."""

import asyncio

from adapters.engine.queue import JobQueue
from adapters.settings import PREFIX, BadSettings, keys, load
from storage.database import Database
from storage.migrate import is_current, upgrade
from storage.rotation import reseal
from storage.vault import BadKey, Vault


def upgrade_database() -> None:
    """Migrate the bot's tables and the engine's."""
    database = Database(load().database_url)
    upgrade(database)
    JobQueue.migrate(database)


def database_is_current() -> bool:
    """Whether the schema is this version's."""
    return is_current(Database(load().database_url))


def rotate_keys() -> int:
    """Encrypt every secret under the first key. Returns how many there were. Raises BadSettings."""
    settings = load()
    try:
        vault = Vault(keys(settings))
    except BadKey as error:
        raise BadSettings([f"{PREFIX}SECRET_KEYS: {error}"]) from None
    return asyncio.run(_reseal(Database(settings.database_url), vault))


async def _reseal(database: Database, vault: Vault) -> int:
    try:
        return await reseal(database, vault)
    finally:
        await database.close()
