"""People: whose profiles are stored, and as whom an account may work."""

from support.clock import Clock

from bot.model.ids import Email
from bot.model.technician import Actor, Platform, Profile
from storage.unit_of_work import SqlUnitOfWork

TOM = Email("tom@example.com")


def profile_of(user: str, address: str | None = TOM, tenant: str = "T0FIRM") -> Profile:
    return Profile(Actor(Platform.SLACK, tenant, user), "Tom Ray", Email(address) if address else None)


async def test_people_of_tenants_that_are_no_longer_trusted_are_forgotten(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """Their profiles and homes are deleted, on that platform alone. A tenant's id is compared without its letter case."""
    kept, foreign = Actor(Platform.TEAMS, "AB-1", "one"), Actor(Platform.TEAMS, "CD-2", "two")
    in_slack = Actor(Platform.SLACK, "CD-2", "three")
    async with sql_unit_of_work.write() as tx:
        for actor in (kept, foreign, in_slack):
            await tx.people.store_profile(Profile(actor, "Tom Ray", TOM), clock())
            await tx.homes.add(actor)
        await tx.people.forget_other_tenants(Platform.TEAMS, ["ab-1"])
    async with sql_unit_of_work.read() as tx:
        left = {one.actor for one in await tx.people.profiles_of(TOM)}
        assert left == set(await tx.homes.all()) == {kept, in_slack}
