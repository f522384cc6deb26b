"""The commands of an operator on the database: migrate, check the schema, back up, restore, rotate keys."""

import asyncio
from pathlib import Path

from adapters.cli.database import BEHIND, open_current_database, open_database
from adapters.cli.failures import CHANGED_VALUE, CommandFailed
from adapters.engine.queue import JobQueue
from adapters.engine.replicas import is_any_alive
from adapters.settings import load_settings, problems_with_keys, vault_keys
from storage import backup
from storage.database import Database
from storage.errors import BackupError
from storage.key_check import has_unfit_signature, require_known_keys
from storage.migrate import has_schema, is_schema_current, upgrade_schema
from storage.rotation import reencrypt_secrets
from storage.vault import Vault

_UNFIT_SIGNATURE = (
    "no key in TVBOT_SECRET_KEYS fits the signature of the audit trail; add the key that was used before. If no key is"
    " missing, look at `tvbot audit verify` first"
)

_LEFT = (
    "{} secrets were written meanwhile under another key; restart every tvbot with these TVBOT_SECRET_KEYS, then run"
    " `tvbot keys rotate` again"
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
    """Write a backup of the database, at any revision. Raises CommandFailed, BackupError."""
    database = open_database(load_settings())
    if not has_schema(database):
        raise CommandFailed(BEHIND)
    backup.back_up(database, file)


def restore(file: Path) -> list[str]:
    """Replace the database by a backup. Returns what the operator must know. Raises BackupError."""
    return asyncio.run(_restore(open_database(load_settings()), file))


async def _restore(database: Database, file: Path) -> list[str]:
    try:
        if not database.is_sqlite and await is_any_alive(database):
            raise BackupError("a tvbot works on this database: stop every tvbot first")
        await asyncio.to_thread(backup.restore, database, file)
    finally:
        await database.close()
    done = "The database was restored. Start tvbot: it looks at every open session again, and sends no mail or SMS twice."
    if database.is_sqlite and backup.replaced_file(database).exists():
        return [done, f"What it replaced is in {backup.replaced_file(database)}: delete it when all is well."]
    return [done]


def rotate_keys() -> int:
    """Encrypt every secret under the first key. Returns how many changed.

    Raises BadSettings, UnknownKey, and CommandFailed if a secret still needs another key.
    """
    settings = load_settings(problems_with_keys)
    return asyncio.run(_reencrypt(open_current_database(settings), Vault(vault_keys(settings))))


async def _reencrypt(database: Database, vault: Vault) -> int:
    try:
        await require_known_keys(database, vault)
        if await has_unfit_signature(database, vault):
            raise CommandFailed(_UNFIT_SIGNATURE)
        changed, left, damaged = await reencrypt_secrets(database, vault)
    finally:
        await database.close()
    if damaged:
        raise CommandFailed(CHANGED_VALUE)
    if left:
        raise CommandFailed(_LEFT.format(left))
    return changed
