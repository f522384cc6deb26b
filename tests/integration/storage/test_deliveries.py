"""The last request of each outside system, and what the SDAdmins were told, are stored once for all processes."""

from datetime import timedelta

from support.clock import Clock

from bot.model.delivery import DeliverySource
from bot.unit_of_work import UnitOfWork


async def test_latest_moment_of_each_system_is_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    now = clock()
    async with unit_of_work.write() as tx:
        await tx.deliveries.note(DeliverySource.SLACK, now)
        await tx.deliveries.note(DeliverySource.TEAMS, now)
        await tx.deliveries.note(DeliverySource.TEAMS, now + timedelta(minutes=1))
        # Another process writes what it noted a moment ago.
        await tx.deliveries.note(DeliverySource.SLACK, now - timedelta(seconds=5))
    async with unit_of_work.read() as tx:
        assert await tx.deliveries.last() == {
            DeliverySource.SLACK: now,
            DeliverySource.TEAMS: now + timedelta(minutes=1),
        }


async def test_announcement_is_stored_once_until_it_is_removed(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    async with unit_of_work.write() as tx:
        added = [await tx.announcements.add("zoho", clock()) for _time in range(2)]
        removed = [await tx.announcements.remove("zoho") for _time in range(2)]
        again = await tx.announcements.add("zoho", clock())
    assert (added, removed, again) == ([True, False], [True, False], True)
