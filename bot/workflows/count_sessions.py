"""Keep the daily sums up to date: count the sessions that ended, or about which more is known now."""

import asyncio
from collections import Counter

from bot.model.daily_sums import SumKey, contribution
from bot.unit_of_work import Transaction, UnitOfWork

BATCH = 50
"""How many sessions one transaction counts. On SQLite commands wait meanwhile, for some milliseconds."""
MOST_BATCHES = 40
"""How many batches one round counts. After an upgrade every stored session is counted, over many rounds."""


async def count_sessions(unit_of_work: UnitOfWork) -> None:
    """Count the sessions that are over and changed since they were counted."""
    for _batch in range(MOST_BATCHES):
        if not await _count_batch(unit_of_work):
            return
        await asyncio.sleep(0)  # commands go first


async def _count_batch(unit_of_work: UnitOfWork) -> bool:
    """Count a batch. Returns whether there may be more."""
    async with unit_of_work.read() as tx:
        if not await tx.daily_sums.uncounted(limit=1):
            return False
    async with unit_of_work.write() as tx:
        return await _count_sessions(tx)


async def _count_sessions(tx: Transaction) -> bool:
    changes: Counter[SumKey] = Counter()
    sessions = await tx.daily_sums.uncounted(limit=BATCH)
    for session in sessions:
        before = await tx.daily_sums.claim(session)
        if before is None:
            continue  # it changed just now: the next round counts it
        counted = contribution(session, await tx.notices.of_session(session.id))
        await tx.daily_sums.store_counted(session.id, counted)
        changes.update(counted)
        changes.subtract(before)
    await tx.daily_sums.add(changes)
    return len(sessions) == BATCH
