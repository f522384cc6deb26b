"""A lease for work that one process does for all processes. It is renewed during the work, and expires after a crash."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.workflows.bounded_gather import run_and_log_failure

LEASE = timedelta(seconds=30)
"""How long the others wait after the process that holds the lease died."""
_RENEWALS = 3
"""How often the lease is renewed in that time."""


@asynccontextmanager
async def leased(name: str, unit_of_work: UnitOfWork, clock: Clock) -> AsyncIterator[bool]:
    """Hold the lease called ``name``. Yields False where another process holds it."""
    owner = secrets.token_hex(8)
    async with unit_of_work.write() as tx:
        now = clock()
        is_mine = await tx.tokens.lease(name, owner, now, now + LEASE)
    if not is_mine:
        yield False
        return
    # A round may take longer than the lease; only a crash must let it expire.
    renewing = asyncio.create_task(_renew_until_cancelled(name, owner, unit_of_work, clock))
    try:
        yield True
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        async with unit_of_work.write() as tx:
            await tx.tokens.release(name, owner)


async def _renew_until_cancelled(name: str, owner: str, unit_of_work: UnitOfWork, clock: Clock) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / _RENEWALS)
        await run_and_log_failure(_renew_lease(name, owner, unit_of_work, clock), name="renew a lease")


async def _renew_lease(name: str, owner: str, unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.tokens.extend(name, owner, clock() + LEASE)
