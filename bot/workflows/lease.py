"""A lease for work that one process does for all: it is renewed while the work goes on, and runs out soon after a crash."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.services import Services
from bot.workflows.bounded_gather import run_and_log_failure

LEASE = timedelta(seconds=30)
"""How long the others wait after the process that holds it died."""
_RENEWALS = 3
"""How often it is renewed in that time."""


@asynccontextmanager
async def leased(name: str, services: Services) -> AsyncIterator[bool]:
    """Hold the lease called ``name``; yields False where somebody else does."""
    owner = secrets.token_hex(8)
    async with services.unit_of_work.write() as tx:
        now = services.clock()
        is_mine = await tx.tokens.lease(name, owner, now, now + LEASE)
    if not is_mine:
        yield False
        return
    renewing = asyncio.create_task(_go_on(name, owner, services))
    try:
        yield True
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        async with services.unit_of_work.write() as tx:
            await tx.tokens.release(name, owner)


async def _go_on(name: str, owner: str, services: Services) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / _RENEWALS)
        await run_and_log_failure(_renew(name, owner, services), name="renew a lease")


async def _renew(name: str, owner: str, services: Services) -> None:
    async with services.unit_of_work.write() as tx:
        await tx.tokens.extend(name, owner, services.clock() + LEASE)
