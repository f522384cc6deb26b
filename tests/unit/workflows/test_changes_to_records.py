"""Changes while a record is written are not lost."""

import pytest
from support.bot_in_memory import REFUSED, BotInMemory
from support.records import (
    add_report,
    end_session,
    ended_session,
    logged_minutes,
    notes_of_record,
    read_reports,
    run_records,
    stored_record,
)

from bot.jobs import ReadReports, Sweep
from bot.model.audit import Action
from bot.model.session import Session
from bot.model.session_record import RecordKind


async def sweep_later(bot: BotInMemory) -> None:
    """Let the sweep find the records that are still missing, after the job that was enqueued first had its time."""
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)


def report_during(bot: BotInMemory, call: str, session: Session) -> None:
    """Let a report arrive while ServiceDesk Plus is asked. Its own job finds the record being written."""

    async def report() -> None:
        add_report(bot, session, minutes=5)
        await bot.run_job(ReadReports(session.id))
        await run_records(bot)

    bot.servicedesk.before_return[call] = report


async def test_report_that_arrives_while_the_note_is_added_reaches_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    report_during(bot, "add_note", session)
    await end_session(bot, session)
    assert "Connected" not in notes_of_record(bot)[0]
    await sweep_later(bot)
    (note,) = notes_of_record(bot)
    assert "Connected for 5 min" in note
    assert (await stored_record(bot, session.id)).due_at is None


async def test_report_that_arrives_while_the_note_is_replaced_reaches_the_request(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=2, begins=10, place="2")
    bot.servicedesk.fail_once("edit_note", REFUSED)
    report_during(bot, "add_note", session)
    await read_reports(bot, session)
    await sweep_later(bot)
    _first, correction = notes_of_record(bot)
    assert "Connected for 7 min" in correction


async def test_report_that_arrives_while_the_worklog_is_added_reaches_it() -> None:
    bot = BotInMemory(record=RecordKind.WORKLOG)
    await bot.start()
    session = await ended_session(bot)
    add_report(bot, session, minutes=2, begins=10, place="2")
    report_during(bot, "add_worklog", session)
    await read_reports(bot, session)
    assert logged_minutes(bot) == [2]
    await sweep_later(bot)
    assert logged_minutes(bot) == [7]


async def test_two_jobs_at_once_add_one_note(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def write_it_again() -> None:
        await bot.run_job(ReadReports(session.id))
        await run_records(bot)

    add_report(bot, session, minutes=5)
    bot.servicedesk.before_return["add_note"] = write_it_again
    await end_session(bot, session)
    await sweep_later(bot)
    assert len(notes_of_record(bot)) == 1


@pytest.mark.parametrize("call", ["add_note", "add_worklog"])
async def test_integration_switched_off_while_a_record_is_written_stops_the_rest_until_it_is_on(
    call: str,
) -> None:
    bot = BotInMemory(record=RecordKind.WORKLOG)
    await bot.start()
    session = await bot.open_session()
    add_report(bot, session, minutes=5)
    await bot.run_job(ReadReports(session.id))
    bot.servicedesk.before_return[call] = lambda: bot.switch(integration=False)
    await end_session(bot, session)
    assert logged_minutes(bot) == ([] if call == "add_note" else [5])
    await bot.switch()
    await sweep_later(bot)
    assert (len(notes_of_record(bot)), logged_minutes(bot)) == (1, [5])


async def test_record_written_by_another_process_during_a_failure_is_not_audited_as_failed(
    bot: BotInMemory,
) -> None:
    """The call fails here, and before this is stored another process has written the record."""
    session = await bot.open_session()
    bot.servicedesk.fail_once("add_note", REFUSED)

    async def write() -> None:
        await bot.workflows.services.recorder.write_note(session.id)

    bot.steps.after["write the worklog"] = write
    await end_session(bot, session)
    assert Action.RECORD_FAILED not in await bot.actions()
    assert (await stored_record(bot, session.id)).due_at is None
