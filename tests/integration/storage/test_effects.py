"""What a write changed: granted roles, and the stored effects of commands."""

from support.clock import Clock

from bot.commands import CommandRequest, ListAdmins, Place
from bot.model.effect import Effect
from bot.model.ids import CommandKey, Email
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork

TOM = Email("tom@example.test")
KEY = CommandKey("slack:T1:1")


async def test_role_is_granted_and_revoked_once(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        assert [await tx.people.grant_admin(TOM) for _time in range(2)] == [Effect.CHANGED, Effect.NOTHING]
        assert [await tx.people.revoke_admin(TOM) for _time in range(2)] == [Effect.CHANGED, Effect.NOTHING]


async def test_first_effect_of_a_command_is_the_one_that_counts(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    """Its step may run again after a crash, in another transaction."""
    request = CommandRequest(KEY, Actor(Platform.SLACK, "T1", "U1"), Place("C1"), ListAdmins())
    async with unit_of_work.write() as tx:
        await tx.commands.add(request, clock())
        assert await tx.commands.record_effect(KEY, Effect.CHANGED) is Effect.CHANGED
    async with unit_of_work.write() as tx:
        assert await tx.commands.record_effect(KEY, Effect.NOTHING) is Effect.CHANGED


async def test_effect_of_a_command_that_is_no_longer_stored_is_returned(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.commands.record_effect("none", Effect.NOTHING) is Effect.NOTHING
