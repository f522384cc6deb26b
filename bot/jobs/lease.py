"""A lease for work that one process does for all: it is renewed while the work goes on, and runs out soon after a crash."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.jobs.each import quietly
from bot.world import World

LEASE = timedelta(seconds=30)
"""How long the others wait after the process that holds it died."""
_RENEWALS = 3
"""How often it is renewed in that time."""


@asynccontextmanager
async def leased(name: str, world: World) -> AsyncIterator[bool]:
    """Hold the lease called ``name``; yields False where somebody else does."""
    owner = secrets.token_hex(8)
    async with world.books.write() as tx:
        now = world.clock()
        is_mine = await tx.tokens.lease(name, owner, now, now + LEASE)
    if not is_mine:
        yield False
        return
    renewing = asyncio.create_task(_go_on(name, owner, world))
    try:
        yield True
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        async with world.books.write() as tx:
            await tx.tokens.release(name, owner)


async def _go_on(name: str, owner: str, world: World) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / _RENEWALS)
        await quietly(_renew(name, owner, world), name="renew a lease")


async def _renew(name: str, owner: str, world: World) -> None:
    async with world.books.write() as tx:
        await tx.tokens.extend(name, owner, world.clock() + LEASE)
