"""Preferences: what a technician chose for themselves."""

from support.clock import Clock

from bot.model.ids import Email
from bot.model.technician import Actor, Platform, Profile
from bot.unit_of_work import UnitOfWork

TOM, INES = Email("tom@example.test"), Email("ines@example.test")


async def test_pings_are_wanted_until_the_technician_chooses_otherwise(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.people.wants_pings(TOM)
        await tx.people.choose_pings(TOM, wanted=False)
        await tx.people.choose_pings(TOM, wanted=False)
        assert not await tx.people.wants_pings(TOM)
        assert await tx.people.wants_pings(INES)
        await tx.people.choose_pings(TOM, wanted=True)
    async with unit_of_work.read() as tx:
        assert await tx.people.wants_pings(TOM)


async def test_choice_is_deleted_with_the_last_profile_of_the_technician(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    in_slack, in_teams = (Actor(platform, "T1", "tom") for platform in Platform)
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(Profile(in_slack, "Tom", TOM), clock())
        clock.move(days=10)
        await tx.people.store_profile(Profile(in_teams, "Tom", TOM), clock())
        await tx.people.choose_pings(TOM, wanted=False)
        await tx.people.purge(clock(), limit=10)
        assert not await tx.people.wants_pings(TOM)
        clock.move(seconds=1)
        await tx.people.purge(clock(), limit=10)
        assert await tx.people.wants_pings(TOM)
