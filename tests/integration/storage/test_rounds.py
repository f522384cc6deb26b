"""Rounds of the sweep are counted for all processes, and a clock that is set back stops none."""

from datetime import timedelta

import pytest
from support.clock import Clock
from support.sessions import make_session

from bot.model.ids import CommandKey, SessionId, new_join_token
from bot.model.session_record import SessionRecord
from bot.tokens import LEASE
from bot.unit_of_work import UnitOfWork
from bot.workflows.lease import Leases

EVERY = timedelta(seconds=30)


async def begin(unit_of_work: UnitOfWork, clock: Clock) -> int | None:
    async with unit_of_work.write() as tx:
        return await tx.rounds.begin(clock(), EVERY)


async def test_processes_that_wake_up_together_begin_one_round(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    assert [await begin(unit_of_work, clock), await begin(unit_of_work, clock)] == [1, None]
    clock.move(milliseconds=-20)
    assert await begin(unit_of_work, clock) is None, "the clocks of two machines differ a little"
    clock.move(seconds=30)
    assert [await begin(unit_of_work, clock), await begin(unit_of_work, clock)] == [2, None]


async def test_clock_that_is_set_back_stops_no_round(unit_of_work: UnitOfWork, clock: Clock) -> None:
    assert await begin(unit_of_work, clock) == 1
    clock.move(hours=-1)
    assert [await begin(unit_of_work, clock), await begin(unit_of_work, clock)] == [2, None]
    clock.move(seconds=30)
    assert await begin(unit_of_work, clock) == 3


async def test_completed_round_is_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.read() as tx:
        assert await tx.rounds.completed_at() is None
    await begin(unit_of_work, clock)
    async with unit_of_work.write() as tx:
        assert await tx.rounds.completed_at() is None
        await tx.rounds.complete(clock())
    async with unit_of_work.read() as tx:
        assert await tx.rounds.completed_at() == clock()


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(seconds=10)], ids=str)
async def test_lease_of_a_dead_process_is_taken_although_the_clock_was_set_back(
    unit_of_work: UnitOfWork, clock: Clock, back: timedelta
) -> None:
    """After a small step the others wait as long as the lease and the step together."""
    session = make_session(id=SessionId("1"), join_token=new_join_token())
    before = clock()
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey("1"), another=True)
        await tx.session_records.add(SessionRecord(session.id, before, None))
        leases: tuple[Leases, ...] = (tx.tokens, tx.session_records)
        for repository in leases:
            assert await repository.lease("1", "dead", before, before + LEASE)
            now = before - back
            assert await repository.lease("1", "next", now, now + LEASE) is (back > LEASE)
            now = before + LEASE + timedelta(seconds=1)
            assert await repository.lease("1", "third", now, now + LEASE)
