"""What ServiceDesk Plus refuses is stored once, until it is deleted."""

from datetime import timedelta

from support.clock import Clock

from bot.i18n import Text, _
from bot.model.limitation import KnownLimitation, Limitation
from bot.unit_of_work import UnitOfWork
from bot.values import replace


def found(clock: Clock, limitation: Limitation = Limitation.REPLIES) -> KnownLimitation:
    reason: Text = _("ServiceDesk Plus refuses it: {reason}", reason="no é replies")
    return KnownLimitation(limitation, reason, clock(), clock() + timedelta(hours=1))


async def test_limitation_is_stored_and_listed_by_name(unit_of_work: UnitOfWork, clock: Clock) -> None:
    replies, technicians = found(clock), found(clock, Limitation.TECHNICIANS)
    async with unit_of_work.write() as tx:
        assert await tx.limitations.get(Limitation.REPLIES) is None
        assert await tx.limitations.store(technicians)
        assert await tx.limitations.store(replies)
    async with unit_of_work.read() as tx:
        assert await tx.limitations.get(Limitation.REPLIES) == replies
        assert list(await tx.limitations.all()) == [replies, technicians]


async def test_limitation_that_is_found_again_keeps_when_it_began(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first = found(clock)
    again = replace(
        first,
        reason=Text("Still."),
        found_at=clock() + timedelta(hours=2),
        retry_at=clock() + timedelta(hours=3),
    )
    async with unit_of_work.write() as tx:
        await tx.limitations.store(first)
        assert not await tx.limitations.store(again)
    async with unit_of_work.read() as tx:
        assert await tx.limitations.get(Limitation.REPLIES) == replace(again, found_at=first.found_at)


async def test_limitation_is_deleted_unless_it_was_found_again(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    first = found(clock)
    again = replace(first, retry_at=first.retry_at + timedelta(hours=1))
    async with unit_of_work.write() as tx:
        assert not await tx.limitations.delete(first)
        await tx.limitations.store(first)
        await tx.limitations.store(again)
        assert not await tx.limitations.delete(first)
        assert await tx.limitations.delete(again)
        assert await tx.limitations.get(Limitation.REPLIES) is None
