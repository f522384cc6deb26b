"""Where the bot is a member: the newest event counts, whatever the order in which events arrive."""

from datetime import timedelta

from support.clock import Clock

from bot.model.ids import Email
from bot.model.membership import Membership
from bot.model.technician import Actor, Platform
from bot.unit_of_work import Transaction
from storage.unit_of_work import SqlUnitOfWork

SLACK, TEAMS = Platform.SLACK, Platform.TEAMS
MINUTE = timedelta(minutes=1)


async def is_in_channel(tx: Transaction, platform: Platform, tenant: str) -> bool:
    """Whether the bot is in any channel or team of a tenant."""
    done = await tx.homes.first_steps_of(Email("tom@example.com"), Actor(platform, tenant, "U1"))
    return done.is_in_channel


async def test_bot_is_in_a_channel_from_its_addition_to_its_removal(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """A repeat is no news. Another tenant and another platform do not count."""
    joined, left = (Membership(SLACK, "T1", "C1", one) for one in (True, False))
    async with sql_unit_of_work.write() as tx:
        assert not await is_in_channel(tx, SLACK, "T1")
        assert await tx.memberships.store(joined, clock())
        assert not await tx.memberships.store(joined, clock())
        assert await is_in_channel(tx, SLACK, "T1")
        assert not await is_in_channel(tx, SLACK, "T2")
        assert not await is_in_channel(tx, TEAMS, "T1")
        assert await tx.memberships.store(left, clock() + MINUTE)
        assert not await is_in_channel(tx, SLACK, "T1")


async def test_event_that_arrives_late_changes_nothing(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    async with sql_unit_of_work.write() as tx:
        await tx.memberships.store(Membership(SLACK, "T1", "C1", is_member=False), clock())
        assert not await tx.memberships.store(Membership(SLACK, "T1", "C1", is_member=True), clock() - MINUTE)
        assert not await is_in_channel(tx, SLACK, "T1")


async def test_name_stays_until_another_one_comes(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    """Teams does not always send it."""
    async with sql_unit_of_work.write() as tx:
        for name, shown in (("Network", "Network"), ("", "Network"), ("Networks", "Networks")):
            await tx.memberships.store(Membership(TEAMS, "T1", "19:x", is_member=True, name=name), clock())
            (listed,) = await tx.memberships.list_current(TEAMS, "T1", limit=5)
            assert listed.name == shown


async def test_removed_places_are_deleted_after_the_retention(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    async with sql_unit_of_work.write() as tx:
        await tx.memberships.store(Membership(TEAMS, "T1", "19:in", is_member=True), clock())
        await tx.memberships.store(Membership(TEAMS, "T1", "19:out", is_member=False), clock())
        assert not await tx.memberships.purge(clock() + MINUTE, limit=5)
        # The deleted removal is no longer newer than this.
        assert await tx.memberships.store(Membership(TEAMS, "T1", "19:out", is_member=True), clock() - MINUTE)
        assert len(await tx.memberships.list_current(TEAMS, "T1", limit=5)) == 2


async def test_tenant_that_removed_the_app_is_forgotten(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    async with sql_unit_of_work.write() as tx:
        for tenant in ("T1", "T2", "T3"):
            await tx.memberships.store(Membership(SLACK, tenant, "C1", is_member=True), clock())
        await tx.memberships.forget_tenant(SLACK, "T1")
        await tx.people.forget_other_tenants(SLACK, ["T1", "T2"])
        found = [await is_in_channel(tx, SLACK, one) for one in ("T1", "T2", "T3")]
    assert found == [False, True, False]
