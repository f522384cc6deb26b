"""Delete what is too old: commands that no platform repeats, sessions that are over, people who are gone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.model.audit import Action, AuditEntry
from bot.unit_of_work import Transaction, UnitOfWork

KEEP_COMMANDS = timedelta(days=2)
BATCH = 200
"""How many rows one transaction deletes. On SQLite commands wait meanwhile, for some milliseconds."""
BY = "tvbot"
"""The name in the audit log for what the bot does by itself."""
_Deletion = Callable[[Transaction], Awaitable[bool]]
"""Deletes a batch. True: there may be more to delete."""


async def delete_old_records(now: datetime, retention: timedelta, unit_of_work: UnitOfWork) -> None:
    """Delete what was over, or last seen, longer ago than ``retention``, a batch in each transaction."""
    for delete_batch in _deletions(now, now - retention):
        has_more = True
        while has_more:
            has_more = await _run_in_transaction(delete_batch, unit_of_work)
            await asyncio.sleep(0)  # commands go first


async def _run_in_transaction(delete_batch: _Deletion, unit_of_work: UnitOfWork) -> bool:
    async with unit_of_work.write() as tx:
        return await delete_batch(tx)


def _deletions(now: datetime, before: datetime) -> Sequence[_Deletion]:
    """Return the deletions in their order: a connection is given up once its technician's profile is deleted."""

    async def give_up_connections(tx: Transaction) -> bool:
        unused = await tx.connections.unused(before, limit=BATCH)
        for connection in unused:
            await tx.revocations.give_up(connection, now)
            account = connection.account.email or connection.account.user_id
            await tx.audit.append(AuditEntry(now, BY, Action.DISCONNECTED, account))
        return len(unused) == BATCH

    return (
        # A command is only stored to recognize a repeat, and no platform repeats after two days.
        lambda tx: tx.commands.purge(max(before, now - KEEP_COMMANDS), limit=BATCH),
        lambda tx: tx.states.purge(now, limit=BATCH),
        lambda tx: tx.plans.purge(before, limit=BATCH),
        lambda tx: tx.sessions.purge(before, limit=BATCH),
        lambda tx: tx.outages.purge(before, limit=BATCH),
        lambda tx: tx.daily_sums.purge_people(before.date(), limit=BATCH),
        lambda tx: tx.people.purge(before, limit=BATCH),
        lambda tx: tx.homes.purge(limit=BATCH),
        lambda tx: tx.memberships.purge(before, limit=BATCH),
        give_up_connections,
    )
