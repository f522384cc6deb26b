"""A platform reports that an account has changed: it may be a guest by now, or deactivated, or have another address."""

from datetime import datetime

from bot.freshness import STALE_LIMIT
from bot.jobs import RereadProfile
from bot.model.technician import Platform
from bot.unit_of_work import UnitOfWork


async def expire_account(
    platform: Platform, user: str, unit_of_work: UnitOfWork, now: datetime, *, event: str
) -> None:
    """Rely no longer on what is stored about an account, and enqueue that it is read again. ``event`` names the report.

    From now on every command of the account waits until its profile was read. An account that the bot has never met is
    left alone: platforms report every change of everybody.
    """
    async with unit_of_work.read() as tx:
        if not await tx.people.accounts_of(platform, user):
            return
    async with unit_of_work.write() as tx:
        for actor in await tx.people.accounts_of(platform, user):
            await tx.people.expire_profile(actor, now - STALE_LIMIT)
            await tx.enqueue(RereadProfile(actor), key=f"changed:{actor.tenant}:{event}")
