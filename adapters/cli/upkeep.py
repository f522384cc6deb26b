"""What an operator does to the database from outside: migrate, check, rotate keys."""

import asyncio

from adapters.engine.queue import JobQueue
from adapters.settings import PREFIX, BadSettings, load_settings, vault_keys
from storage.database import Database
from storage.migrate import is_schema_current, upgrade_schema
from storage.rotation import reencrypt_secrets
from storage.vault import BadKey, Vault


def upgrade_database() -> None:
    """Migrate the bot's tables and the engine's."""
    database = Database(load_settings().database_url)
    upgrade_schema(database)
    JobQueue.migrate(database)


def database_is_current() -> bool:
    """Whether the schema is this version's."""
    return is_schema_current(Database(load_settings().database_url))


def rotate_keys() -> int:
    """Encrypt every secret under the first key. Returns how many there were. Raises BadSettings."""
    settings = load_settings()
    try:
        vault = Vault(vault_keys(settings))
    except BadKey as error:
        raise BadSettings([f"{PREFIX}SECRET_KEYS: {error}"]) from None
    return asyncio.run(_reseal(Database(settings.database_url), vault))


async def _reseal(database: Database, vault: Vault) -> int:
    try:
        return await reencrypt_secrets(database, vault)
    finally:
        await database.close()
