"""A lease for work that one process does for all processes. It is renewed during the work, and expires after a crash."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import Unavailable
from bot.outage import outlast_outage
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.bounded_gather import run_and_log_failure

LEASE = timedelta(seconds=30)
"""How long the others wait after the process that holds the lease died."""
_RENEWALS = 3
"""How often the lease is renewed in that time."""


class Leases(Protocol):
    """A repository whose rows have leases."""

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take a lease. False where another owner holds it."""

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Extend a lease. False where it was lost."""

    async def release(self, name: str, owner: str) -> None: ...


LeasesOf = Callable[[Transaction], Leases]
"""Chooses the repository of a transaction that has the lease."""


def _token_leases(tx: Transaction) -> Leases:
    return tx.tokens


@asynccontextmanager
async def leased(
    name: str, unit_of_work: UnitOfWork, clock: Clock, *, leases_of: LeasesOf = _token_leases
) -> AsyncIterator[bool]:
    """Hold the lease called ``name``. Yields False where another process holds it."""
    owner = secrets.token_hex(8)
    async with unit_of_work.write() as tx:
        now = clock()
        is_mine = await leases_of(tx).lease(name, owner, now, now + LEASE)
    if not is_mine:
        yield False
        return
    # A round may take longer than the lease; only a crash must let it expire.
    renewing = asyncio.create_task(_renew_until_cancelled(name, owner, unit_of_work, clock, leases_of))

    async def release() -> None:
        async with unit_of_work.write() as tx:
            await leases_of(tx).release(name, owner)

    is_stopped = False
    try:
        yield True
    except asyncio.CancelledError:
        is_stopped = True
        raise
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        if is_stopped:
            with suppress(Unavailable):
                await release()
        else:
            # A lease that is left behind would hold up the next round until it expires.
            await outlast_outage(release, name="release a lease")


async def _renew_until_cancelled(
    name: str, owner: str, unit_of_work: UnitOfWork, clock: Clock, leases_of: LeasesOf
) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / _RENEWALS)
        renewal = _renew_lease(name, owner, unit_of_work, clock, leases_of)
        await run_and_log_failure(renewal, name="renew a lease")


async def _renew_lease(
    name: str, owner: str, unit_of_work: UnitOfWork, clock: Clock, leases_of: LeasesOf
) -> None:
    async with unit_of_work.write() as tx:
        await leases_of(tx).extend(name, owner, clock() + LEASE)
