"""When the record of a session is written: at its end, after a later report, and by the sweep where it is missing."""

from datetime import timedelta

import pytest
from support.bot_in_memory import BotInMemory
from support.records import ended_session, stored_record

from bot.jobs import WriteRecord
from bot.model.session import Session
from bot.model.session_record import RETRY_AFTER, SessionRecord
from bot.record_correction import enqueue_correction
from bot.workflows.record_schedule import (
    WRITTEN_WITHIN,
    enqueue_due_records,
    enqueue_record_after_end,
)


async def enqueued(bot: BotInMemory) -> list[WriteRecord]:
    """Let the sweep look for missing records, and return the jobs that this enqueues."""
    bot.unit_of_work.take_jobs()
    await enqueue_due_records(bot.unit_of_work, bot.clock)
    return [job for job in bot.jobs if isinstance(job, WriteRecord)]


async def wanted_sessions(bot: BotInMemory, count: int) -> list[Session]:
    """Return sessions whose records are wanted and were never written."""
    sessions = [await bot.open_session(another=True) for _place in range(count)]
    async with bot.unit_of_work.write() as tx:
        for session in sessions:
            await enqueue_record_after_end(session.id, bot.clock(), tx)
    return sessions


async def test_end_that_is_reported_twice_enqueues_the_record_once_and_its_correction(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    bot.unit_of_work.take_jobs()
    for _time in range(3):
        async with bot.unit_of_work.write() as tx:
            await enqueue_record_after_end(session.id, bot.clock(), tx)
    assert [one.key for one in bot.queue] == [
        f"record:{session.id}:end",
        f"record:{session.id}:{session.version}",
    ]


async def test_correction_of_a_session_without_a_record_enqueues_nothing(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.unit_of_work.take_jobs()
    async with bot.unit_of_work.write() as tx:
        await enqueue_correction(session.id, bot.clock(), tx)
    assert bot.jobs == []


async def test_correction_makes_the_record_due_again(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    bot.clock.move(hours=3)
    async with bot.unit_of_work.write() as tx:
        await enqueue_correction(session.id, bot.clock(), tx)
    record = await stored_record(bot, session.id)
    assert (record.wanted_at, record.due_at) == (bot.clock(), bot.clock() + RETRY_AFTER)


async def test_record_that_was_written_is_not_enqueued(bot: BotInMemory) -> None:
    await ended_session(bot)
    bot.clock.move(days=1)
    assert await enqueued(bot) == []


async def test_missing_record_is_enqueued_once_its_job_had_its_time(bot: BotInMemory) -> None:
    (session,) = await wanted_sessions(bot, 1)
    assert await enqueued(bot) == []
    bot.clock.move(seconds=RETRY_AFTER.total_seconds())
    assert await enqueued(bot) == [WriteRecord(session.id)]
    assert await enqueued(bot) == []
    bot.clock.move(seconds=RETRY_AFTER.total_seconds())
    assert await enqueued(bot) == [WriteRecord(session.id)]


@pytest.mark.parametrize(("age", "count"), [(WRITTEN_WITHIN, 1), (WRITTEN_WITHIN + timedelta(seconds=1), 0)])
async def test_missing_record_is_given_up_after_seven_days(
    bot: BotInMemory, age: timedelta, count: int
) -> None:
    await wanted_sessions(bot, 1)
    bot.clock.move(seconds=age.total_seconds())
    assert len(await enqueued(bot)) == count


async def test_many_missing_records_are_enqueued_a_few_in_each_round(bot: BotInMemory) -> None:
    sessions = await wanted_sessions(bot, 12)
    bot.clock.move(days=1)
    rounds = [await enqueued(bot) for _round in range(4)]
    assert [len(jobs) for jobs in rounds] == [5, 5, 2, 0]
    assert {job.session for jobs in rounds for job in jobs} == {session.id for session in sessions}


async def test_each_attempt_has_a_key_of_its_own(bot: BotInMemory) -> None:
    await wanted_sessions(bot, 1)
    keys = set()
    for hours in (1, 1, 2):
        bot.clock.move(hours=hours)
        await enqueued(bot)
        keys |= {one.key for one in bot.queue}
    assert len(keys) == 3


async def test_record_is_deleted_with_its_session(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    async with bot.unit_of_work.write() as tx:
        await tx.sessions.delete(session.id)
        assert await tx.session_records.get(session.id) is None
        await tx.session_records.save(SessionRecord(session.id, bot.clock(), None))
        assert await tx.session_records.get(session.id) is None
