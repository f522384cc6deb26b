"""The commands of an operator on the database: migrate, check the schema, back up, restore, rotate keys."""

import asyncio
from pathlib import Path

from adapters.cli.database import open_current_database, open_database
from adapters.cli.failures import CommandFailed
from adapters.engine.queue import JobQueue
from adapters.engine.replicas import is_any_alive
from adapters.settings import load_settings
from storage import backup
from storage.database import Database
from storage.errors import BackupError
from storage.migrate import is_schema_current, upgrade_schema
from storage.rotation import Rotation, reencrypt_secrets
from storage.vault import Vault

_UNFIT_SIGNATURE = (
    "no key in TVBOT_SECRET_KEYS fits the signature of the audit trail; add the key that was used before. If no key is"
    " missing, look at `tvbot audit verify` first"
)


def upgrade_database() -> None:
    """Migrate the tables of the bot and of the job engine."""
    database = open_database(load_settings())
    upgrade_schema(database)
    JobQueue.migrate(database)


def database_is_current() -> bool:
    """Return whether the schema is the one of this version."""
    return is_schema_current(open_database(load_settings()))


def back_up(file: Path) -> None:
    """Write a backup of the database. Raises BackupError."""
    backup.back_up(Database(load_settings().database_url), file)


def restore(file: Path) -> list[str]:
    """Replace the database by a backup. Returns what the operator must know. Raises BackupError."""
    database = Database(load_settings().database_url)
    return asyncio.run(_restore(database, file))


async def _restore(database: Database, file: Path) -> list[str]:
    try:
        if not database.is_sqlite and await is_any_alive(database):
            raise BackupError("a tvbot works on this database: stop every tvbot first")
        await asyncio.to_thread(backup.restore, database, file)
    finally:
        await database.close()
    done = "The database was restored. Start tvbot: it looks at every open session again, and sends nothing twice."
    if database.is_sqlite and backup.replaced_file(database).exists():
        return [done, f"What it replaced is in {backup.replaced_file(database)}: delete it when all is well."]
    return [done]


def rotate_keys() -> Rotation:
    """Encrypt every secret under the first key. Raises BadSettings, WrongKeys."""
    settings = load_settings()
    return asyncio.run(_reencrypt(Database(settings.database_url), open_vault(settings)))


async def _reencrypt(database: Database, vault: Vault) -> Rotation:
    try:
        await require_known_keys(database, vault)
        if await has_unfit_signature(database, vault):
            raise CommandFailed(_UNFIT_SIGNATURE)
        return await reencrypt_secrets(database, vault)
    finally:
        await database.close()
