"""Write the worklog of a session that is over, beside the note."""

import asyncio

import pytest
from support.bot_in_memory import ANA, LOST, REQUEST, BotInMemory
from support.fakes.steps import Crash, ResumedSteps
from support.records import (
    FAILURES,
    add_report,
    end_session,
    ended_session,
    logged_minutes,
    notes_of_record,
    read_reports,
    stored_record,
)

from bot.errors import BotError
from bot.jobs import WriteRecord
from bot.model.audit import Action
from bot.model.session_record import RecordKind
from bot.workflows.after_end import enqueue_work_after_end


@pytest.fixture
async def logging_bot() -> BotInMemory:
    """An installation whose records are a note and a worklog."""
    bot = BotInMemory(record=RecordKind.WORKLOG)
    await bot.start()
    return bot


async def test_worklog_whose_call_never_left_is_added_by_the_next_process(logging_bot: BotInMemory) -> None:
    bot = logging_bot
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("add_worklog", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await read_reports(bot, session)
    assert (await stored_record(bot, session.id)).worklog.attempted == ""
    await bot.run_job(WriteRecord(session.id))
    assert logged_minutes(bot) == [5]


@pytest.mark.parametrize("dies_after", range(3))
async def test_job_resumed_after_a_crash_writes_each_part_once(
    logging_bot: BotInMemory, dies_after: int
) -> None:
    bot = logging_bot
    session = await bot.open_session()
    add_report(bot, session, minutes=5)
    await bot.change(session.id, lambda one: one.ended(bot.clock(), "Ana"))
    async with bot.unit_of_work.write() as tx:
        await enqueue_work_after_end(session.id, bot.clock(), tx)
    steps = ResumedSteps(dies_after)
    with pytest.raises(Crash):
        await bot.run_job(WriteRecord(session.id), steps)
    await bot.run_job(WriteRecord(session.id), steps)
    assert len(notes_of_record(bot)) == 1
    assert (await stored_record(bot, session.id)).due_at is None


async def test_worklog_has_the_reported_time_and_belongs_to_the_technician(logging_bot: BotInMemory) -> None:
    bot = logging_bot
    session = await ended_session(bot)
    assert bot.servicedesk.worklogs == []
    add_report(bot, session, minutes=5)
    add_report(bot, session, minutes=4.6, begins=10, place="2")
    await read_reports(bot, session)
    ((request, worklog),) = bot.servicedesk.worklogs
    assert request == REQUEST.id
    assert (worklog.owner, worklog.owner_name, worklog.minutes) == (ANA.email, "Ana", 10)
    assert str(session.code) in worklog.description


async def test_worklog_is_corrected_by_a_later_report(logging_bot: BotInMemory) -> None:
    bot = logging_bot
    session = await bot.open_session()
    add_report(bot, session, minutes=5)
    await end_session(bot, session)
    await read_reports(bot, session)
    assert logged_minutes(bot) == [5]
    add_report(bot, session, minutes=7, begins=10, place="2")
    await read_reports(bot, session)
    assert logged_minutes(bot) == [12]


async def test_worklog_with_an_unknown_outcome_is_looked_for_before_it_is_added_again(
    logging_bot: BotInMemory,
) -> None:
    bot = logging_bot
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("add_worklog", LOST)
    await read_reports(bot, session)
    await bot.run_job(WriteRecord(session.id))
    assert logged_minutes(bot) == [5]


async def test_worklog_whose_id_was_not_named_is_found_by_its_marker(logging_bot: BotInMemory) -> None:
    bot = logging_bot
    bot.servicedesk.names_new_entries = False
    session = await ended_session(bot)
    for minutes, place in ((5, "1"), (7, "2")):
        add_report(bot, session, minutes=minutes, begins=10 * minutes, place=place)
        await read_reports(bot, session)
    assert logged_minutes(bot) == [12]


@FAILURES
async def test_worklog_that_fails_does_not_keep_the_note_from_being_written(
    logging_bot: BotInMemory, error: BotError
) -> None:
    bot = logging_bot
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("add_worklog", error)
    await read_reports(bot, session)
    assert "Connected for 5 min" in notes_of_record(bot)[0]
    assert Action.RECORD_FAILED in await bot.actions()
    await bot.run_job(WriteRecord(session.id))
    assert logged_minutes(bot) == [5]
    assert Action.RECORD_WRITTEN in await bot.actions()


@FAILURES
async def test_note_that_fails_does_not_keep_the_worklog_from_being_written(
    logging_bot: BotInMemory, error: BotError
) -> None:
    bot = logging_bot
    session = await bot.open_session()
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("add_note", error)
    await end_session(bot, session)
    await read_reports(bot, session)
    assert logged_minutes(bot) == [5]


@pytest.mark.parametrize("record", [RecordKind.NOTE, RecordKind.NONE])
async def test_no_worklog_is_written_unless_the_settings_say_so(record: RecordKind) -> None:
    bot = BotInMemory(record=record)
    await bot.start()
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    assert logged_minutes(bot) == []
    assert len(notes_of_record(bot)) == (1 if record is RecordKind.NOTE else 0)
    assert (await stored_record(bot, session.id)).due_at is None
