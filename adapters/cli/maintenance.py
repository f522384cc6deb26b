"""The commands of an operator on the database: migrate, check the schema, rotate keys."""

import asyncio

from adapters.cli.vault import open_vault
from adapters.engine.queue import JobQueue
from adapters.settings import load_settings
from storage.database import Database
from storage.migrate import is_schema_current, upgrade_schema
from storage.rotation import reencrypt_secrets
from storage.vault import Vault


def upgrade_database() -> None:
    """Migrate the tables of the bot and of the job engine."""
    database = Database(load_settings().database_url)
    upgrade_schema(database)
    JobQueue.migrate(database)


def database_is_current() -> bool:
    """Return whether the schema is the one of this version."""
    return is_schema_current(Database(load_settings().database_url))


def rotate_keys() -> int:
    """Encrypt every secret under the first key. Returns how many changed. Raises BadSettings."""
    settings = load_settings()
    return asyncio.run(_reencrypt(Database(settings.database_url), open_vault(settings)))


async def _reencrypt(database: Database, vault: Vault) -> int:
    try:
        return await reencrypt_secrets(database, vault)
    finally:
        await database.close()
