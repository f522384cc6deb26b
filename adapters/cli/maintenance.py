"""The commands of an operator on the database: migrate, check the schema, rotate keys."""

import asyncio

from adapters.cli.database import open_current_database, open_database
from adapters.cli.failures import CommandFailed
from adapters.engine.queue import JobQueue
from adapters.settings import load_settings, problems_with_keys, vault_keys
from storage.database import Database
from storage.key_check import has_unfit_signature, require_known_keys
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
