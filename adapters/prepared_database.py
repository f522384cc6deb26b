"""Prepare the database for a start: its lock, its schema, its keys, and what a restore left."""

import structlog

from adapters.engine.queue import JobQueue
from bot.model.ids import OrgId
from bot.ports import Clock
from bot.unit_of_work import Transaction
from bot.workflows.settle_restore import settle_restored_sessions
from storage.canary import check_keys
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.restored import settle_restored_database
from storage.vault import Vault

LOCK_WAIT_SECONDS = 3.0
"""How long a start waits for the SQLite file: what starts the bot again may do so while the last one still ends."""
log = structlog.get_logger("bot")


async def prepare_database(
    database: Database, vault: Vault, org_id: OrgId, queue: JobQueue, clock: Clock
) -> None:
    """Lock the database, migrate it, and check its keys. Raises DatabaseInUse, DatabaseUnusable, StorageError."""
    database.lock_file(LOCK_WAIT_SECONDS)
    upgrade_schema(database)
    await check_keys(database, vault, org_id)
    JobQueue.migrate(database)
    await _settle_restore(database, vault, org_id, queue, clock)


async def _settle_restore(
    database: Database, vault: Vault, org_id: OrgId, queue: JobQueue, clock: Clock
) -> None:
    """After a restore: see to it that nothing is sent twice, before any job runs."""

    async def settle(tx: Transaction) -> None:
        await settle_restored_sessions(tx, clock())

    if await settle_restored_database(
        database, vault, org_id, enqueue=queue.enqueue, cancel_jobs=queue.cancel_all, settle=settle
    ):
        log.warning("the database was restored from a backup; every open session is looked at again")
