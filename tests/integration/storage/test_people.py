"""People: whose profiles are stored, and as whom an account may work."""

from datetime import timedelta

import pytest
from support.clock import Clock

from bot.model.connection import Account, Tokens
from bot.model.effect import Effect
from bot.model.ids import CommandKey, Email, OrgId, RequestNumber, SessionId, new_join_token
from bot.model.secret import Secret
from bot.model.sender import Sender
from bot.model.session import Kind, Session
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, AddressDoubt, Platform, Profile
from bot.model.technician_status import TechnicianStatus
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from storage.unit_of_work import SqlTransaction, SqlUnitOfWork

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
        assert left == {kept, in_slack}
        assert [await tx.homes.has(one) for one in (kept, in_slack, foreign)] == [True, True, False]


async def test_account_works_under_its_first_address(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    """A changed address is in doubt, so it leads neither to its technician's messages nor to their homes."""
    new = Email("ines@example.com")
    tom = profile_of("U1")
    async with sql_unit_of_work.write() as tx:
        await tx.people.store_profile(tom, clock())
        await tx.homes.add(tom.actor)
        assert await _doubt(tx, tom) is None
        assert await tx.people.profiles_of(TOM) == [tom]
        await tx.people.store_profile(profile_of("U1", new), clock())
        assert await _doubt(tx, tom) is AddressDoubt.CHANGED
        assert await tx.people.profiles_of(TOM) == await tx.people.profiles_of(new) == []
        assert await tx.homes.of_technician(new) == await tx.homes.of_technician(TOM) == []
        await tx.people.store_profile(tom, clock())
        assert await _doubt(tx, tom) is None, "the address is back"


@pytest.mark.parametrize("state", ["is there", "has left", "has another address"])
async def test_second_account_of_a_tenant_does_not_get_an_address(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock, state: str
) -> None:
    """Neither beside the first one, nor after it: an address may be given to the next person."""
    first, second, elsewhere = profile_of("U1"), profile_of("U2"), profile_of("U2", tenant="T0OTHER")
    later = {
        "has left": replace(first, is_deactivated=True),
        "has another address": profile_of("U1", "x@y.z"),
    }
    async with sql_unit_of_work.write() as tx:
        await tx.people.store_profile(first, clock())
        await tx.people.store_profile(later.get(state, first), clock())
        await tx.people.store_profile(second, clock())
        await tx.people.store_profile(elsewhere, clock())
        assert await _doubt(tx, second) is AddressDoubt.TAKEN
        assert second not in await tx.people.profiles_of(TOM)
        assert await _doubt(tx, elsewhere) is None, "an address connects accounts of trusted tenants"
        assert elsewhere in await tx.people.profiles_of(TOM)


async def test_guest_keeps_nobody_from_their_address(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    """Guests, bots, deactivated accounts and people of other organizations get no address to work under."""
    async with sql_unit_of_work.write() as tx:
        for other in (
            replace(profile_of("U1"), is_guest=True),
            replace(profile_of("U2"), is_bot=True),
            replace(profile_of("U3"), is_deactivated=True),
            replace(profile_of("U4"), is_external=True),
        ):
            await tx.people.store_profile(other, clock())
        tom = profile_of("U9")
        await tx.people.store_profile(tom, clock())
        assert await _doubt(tx, tom) is None
        assert await tx.people.profiles_of(TOM) == [tom]


async def test_confirmed_account_takes_the_address_over(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """The other account of the tenant works under it no longer. A second confirmation changes nothing."""
    first, second = profile_of("U1"), profile_of("U2")
    async with sql_unit_of_work.write() as tx:
        await tx.people.store_profile(first, clock())
        await tx.people.store_profile(second, clock())
        assert await tx.people.confirm_address(second) is Effect.CHANGED
        assert await tx.people.confirm_address(second) is Effect.NOTHING
        assert await tx.people.profiles_of(TOM) == [second]
        assert await _doubt(tx, first) is AddressDoubt.TAKEN
        await tx.people.store_profile(profile_of("U2", "new@example.com"), clock())
        assert await tx.people.confirm_address(profile_of("U2", "new@example.com")) is Effect.CHANGED
        assert await _doubt(tx, second) is None


async def test_address_outlives_its_profile_as_long_as_it_has_a_connection(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """After the retention a new account could else inherit the TeamViewer connection of somebody who left."""
    tokens = Tokens(Secret("access"), Secret("refresh"), 86400)
    ines = profile_of("U3", "ines@example.com")
    async with sql_unit_of_work.write() as tx:
        await tx.people.store_profile(profile_of("U1"), clock())
        await tx.people.store_profile(ines, clock())
        await tx.connections.connect(TOM, Account("1", "Tom", TOM), tokens, clock())
        await tx.people.purge(clock() + timedelta(days=1), limit=10)
        for profile, doubt in (
            (profile_of("U2"), AddressDoubt.TAKEN),
            (replace(ines, actor=Actor(Platform.SLACK, "T0FIRM", "U4")), None),
        ):
            await tx.people.store_profile(profile, clock())
            assert await _doubt(tx, profile) is doubt


async def _doubt(tx: SqlTransaction, profile: Profile) -> AddressDoubt | None:
    known_user = await tx.people.known_user(profile.actor)
    assert known_user is not None
    return known_user.address_doubt


async def test_expired_profile_is_too_old_for_every_command(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """In each tenant in which the account was met. What expires twice is not younger afterwards."""
    here, there = profile_of("U1"), profile_of("U1", tenant="T0OTHER")
    long_ago = clock() - timedelta(days=2)
    async with sql_unit_of_work.write() as tx:
        for profile in (here, there, profile_of("U2", "ines@example.com")):
            await tx.people.store_profile(profile, clock())
        accounts = await tx.people.accounts_of(Platform.SLACK, "U1")
        assert {*accounts} == {here.actor, there.actor}
        assert await tx.people.accounts_of(Platform.TEAMS, "U1") == []
        await tx.people.expire_profile(here.actor, long_ago)
        await tx.people.expire_profile(here.actor, clock() - timedelta(days=1))
        assert await tx.people.profile(here.actor) == (here, long_ago)
        assert await tx.people.profile(there.actor) == (there, clock())


async def test_accounts_that_show_an_address_are_found_whether_they_work_under_it_or_not(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    first, second = profile_of("U1"), profile_of("U2")
    async with sql_unit_of_work.write() as tx:
        for profile in (second, first, profile_of("U3", "ines@example.com")):
            await tx.people.store_profile(profile, clock())
        assert await tx.people.profiles_with(TOM) == [first, second]
        assert await tx.people.profiles_of(TOM) == [second]


async def test_sender_is_read_with_the_switches(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """While no switch was ever moved, the defaults apply."""
    tom = profile_of("U1")
    async with unit_of_work.write() as tx:
        assert await tx.people.sender(tom.actor) is None
        await tx.people.store_profile(tom, clock())
        known_user = await tx.people.known_user(tom.actor)
        assert known_user is not None
        assert await tx.people.sender(tom.actor) == Sender(known_user, Switches())
        moved = Switches(integration=False, locations=frozenset({Location.HOME}))
        await tx.switches.write(moved)
        assert await tx.people.sender(tom.actor) == Sender(known_user, moved)


async def test_status_of_a_technician_is_their_connection_their_choice_and_their_usable_sessions(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.people.status_of(TOM) == TechnicianStatus(
            None, wants_pings=True, open_sessions=0, planned=0
        )
        tokens = Tokens(Secret("access"), Secret("refresh"), 86400)
        for account in ("u1", "u2"):
            connection = await tx.connections.connect(TOM, Account(account, "Tom", TOM), tokens, clock())
        await tx.people.choose_pings(TOM, wanted=False)
        usable, ending, over, of_another = (
            Session(
                id=SessionId(name),
                org_id=OrgId("itdesk"),
                number=RequestNumber("7"),
                kind=Kind.REMOTE,
                technician=Email("ines@example.test") if name == "of another" else TOM,
                technician_name="Tom",
                join_token=new_join_token(),
                created_at=clock(),
            )
            for name in ("usable", "ending", "over", "of another")
        )
        for one in (usable, ending.ending(clock()), over.ended(clock(), "Tom"), of_another):
            await tx.sessions.open(one, CommandKey(one.id), another=True)
        status = await tx.people.status_of(TOM)
    assert status == TechnicianStatus(connection, wants_pings=False, open_sessions=1, planned=0)
