"""The mark of a database that was restored from a backup: the next start settles what went on meanwhile."""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.ids import OrgId
from bot.unit_of_work import Transaction
from storage.database import Database
from storage.row_context import RowContext
from storage.unit_of_work import Enqueue, SqlTransaction
from storage.vault import Vault

MARK = "tvbot_restored"
"""The table that exists between a restore and the next start. It belongs to no revision, so every backup can get it."""


async def settle_restored_database(
    database: Database,
    vault: Vault,
    org_id: OrgId,
    *,
    enqueue: Enqueue,
    cancel_jobs: Callable[[AsyncConnection], Awaitable[None]],
    settle: Callable[[Transaction], Awaitable[None]],
) -> bool:
    """Cancel the jobs of a restored database and settle its rows, in one transaction. False if it was not restored."""
    async with database.writer.begin() as connection:
        context = RowContext(connection, org_id, vault)
        # Of several processes that start, one settles.
        await context.lock_name(MARK)
        if not await connection.run_sync(lambda it: sa.inspect(it).has_table(MARK)):
            return False
        await cancel_jobs(connection)
        await settle(SqlTransaction(context, enqueue))
        await connection.execute(sa.text(f"DROP TABLE {MARK}"))
    return True
