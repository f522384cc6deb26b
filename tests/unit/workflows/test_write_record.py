"""Write the record of a session: a note and a worklog, each once, corrected when a report arrives later."""

import asyncio
from datetime import timedelta

import pytest
from support.bot_in_memory import AWAY, LOST, REFUSED, REQUEST, BotInMemory, N
from support.records import (
    FAILURES,
    NO_SCOPE,
    add_report,
    end_session,
    ended_session,
    notes_of_record,
    read_reports,
    run_records,
    stored_record,
)

from bot.errors import BotError
from bot.jobs import Sweep, WriteRecord
from bot.model.audit import Action, AuditEntry
from bot.model.ids import SessionId
from bot.model.notice import NoticeState
from bot.model.session_record import RETRY_AFTER
from bot.values import replace
from bot.workflows.lease import LEASE

# The note


async def test_end_of_a_session_leaves_one_private_note(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    (note,) = notes_of_record(bot)
    assert str(session.code) in note
    assert "by Ana" in note
    assert "E-mail to Rita: sent" in note
    assert bot.servicedesk.notes[-1][0] == REQUEST.id
    record = await stored_record(bot, session.id)
    assert (record.due_at, record.failed_at) == (None, None)


async def test_job_that_runs_again_writes_nothing(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    calls = len(bot.servicedesk.calls)
    await bot.run_job(WriteRecord(session.id))
    assert len(bot.servicedesk.calls) == calls
    assert len(notes_of_record(bot)) == 1


async def test_note_whose_call_never_left_is_added_by_the_next_process(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.servicedesk.fail_once("add_note", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await end_session(bot, session)
    assert (await stored_record(bot, session.id)).note.attempted == ""
    await bot.run_job(WriteRecord(session.id))
    assert len(notes_of_record(bot)) == 1


async def test_report_that_arrives_later_is_edited_into_the_note(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    assert "Nobody joined" in notes_of_record(bot)[0]
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    (note,) = notes_of_record(bot)
    assert "Connected for 5 min" in note
    assert "PC-7" in note
    assert (await stored_record(bot, session.id)).due_at is None


async def test_report_that_says_nothing_new_writes_nothing(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    calls = len(bot.servicedesk.calls)
    await read_reports(bot, session)
    assert len(bot.servicedesk.calls) == calls


@pytest.mark.parametrize("error", [REFUSED, NO_SCOPE], ids=["refused", "no scope"])
async def test_note_that_cannot_be_edited_is_followed_by_one_that_replaces_it(
    bot: BotInMemory, error: BotError
) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("edit_note", error)
    await read_reports(bot, session)
    first, correction = notes_of_record(bot)
    assert "Nobody joined" in first
    assert "This note replaces the earlier one." in correction
    assert "Connected for 5 min" in correction
    assert Action.RECORD_FAILED not in await bot.actions()


async def test_third_note_needs_another_change(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("edit_note", REFUSED)
    await read_reports(bot, session)
    for _again in range(3):
        await read_reports(bot, session)
        await bot.run_job(WriteRecord(session.id))
    assert len(notes_of_record(bot)) == 2
    add_report(bot, session, minutes=2, begins=10, place="2")
    bot.servicedesk.fail_once("edit_note", REFUSED)
    await read_reports(bot, session)
    assert "Connected for 7 min" in notes_of_record(bot)[2]


async def test_correcting_note_that_can_be_edited_stays_one(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("edit_note", REFUSED)
    await read_reports(bot, session)
    add_report(bot, session, minutes=2, begins=10, place="2")
    await read_reports(bot, session)
    _first, correction = notes_of_record(bot)
    assert "This note replaces the earlier one." in correction
    assert "Connected for 7 min" in correction


async def test_note_whose_id_was_not_named_is_found_by_its_marker(bot: BotInMemory) -> None:
    bot.servicedesk.names_new_entries = False
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    (note,) = notes_of_record(bot)
    assert "Connected for 5 min" in note


async def test_note_that_is_gone_is_replaced(bot: BotInMemory) -> None:
    """The response named no id, and somebody has deleted the note since."""
    bot.servicedesk.names_new_entries = False
    session = await ended_session(bot)
    bot.servicedesk.notes.pop()
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    (note,) = notes_of_record(bot)
    assert "This note replaces the earlier one." in note


async def test_note_with_an_unknown_outcome_is_looked_for_before_it_is_added_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    looked = bot.servicedesk.calls.count("find_note")
    bot.servicedesk.fail_once("add_note", LOST)
    await end_session(bot, session)
    assert bot.servicedesk.calls.count("find_note") == looked
    await bot.run_job(WriteRecord(session.id))
    assert bot.servicedesk.calls.count("find_note") == looked + 1
    assert len(notes_of_record(bot)) == 1
    assert (await stored_record(bot, session.id)).due_at is None


async def test_note_that_was_not_added_after_all_is_added_then(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.servicedesk.fail_once("add_note", AWAY)
    await end_session(bot, session)
    assert notes_of_record(bot) == []
    await bot.run_job(WriteRecord(session.id))
    assert len(notes_of_record(bot)) == 1


async def test_note_found_with_an_older_text_is_edited(bot: BotInMemory) -> None:
    """The outcome of the first attempt was unknown, and a report arrived before the next one."""
    session = await bot.open_session()
    bot.servicedesk.fail_once("add_note", LOST)
    await end_session(bot, session)
    add_report(bot, session, minutes=5)
    await read_reports(bot, session)
    (note,) = notes_of_record(bot)
    assert "Connected for 5 min" in note


async def test_correction_with_an_unknown_outcome_is_added_once(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    add_report(bot, session, minutes=5)
    bot.servicedesk.fail_once("edit_note", REFUSED)
    bot.servicedesk.fail_once("add_note", LOST)
    await read_reports(bot, session)
    bot.servicedesk.fail_once("edit_note", REFUSED)
    await bot.run_job(WriteRecord(session.id))
    assert len(notes_of_record(bot)) == 2
    assert (await stored_record(bot, session.id)).due_at is None


async def test_mail_that_is_on_its_way_is_looked_at_again(bot: BotInMemory) -> None:
    """A notice that is finished after the end changes what the note says about it."""
    session = await bot.open_session()
    (reply, *_others) = await bot.notices(session.id)
    async with bot.unit_of_work.write() as tx:
        pending = replace(reply, state=NoticeState.PENDING)
        assert await tx.notices.save(pending, known_state=reply.state)
    await end_session(bot, session)
    assert "E-mail to Rita: on its way" in notes_of_record(bot)[0]
    assert (await stored_record(bot, session.id)).due_at == bot.clock() + RETRY_AFTER
    async with bot.unit_of_work.write() as tx:
        assert await tx.notices.save(reply, known_state=NoticeState.PENDING)
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    assert "E-mail to Rita: sent" in notes_of_record(bot)[0]
    assert (await stored_record(bot, session.id)).due_at is None


# Failures


@FAILURES
async def test_failure_is_audited_once_and_tried_again_until_it_works(
    bot: BotInMemory, error: BotError
) -> None:
    session = await bot.open_session()
    subject = f"#{N} {session.code}"
    bot.servicedesk.fail_once("add_note", error)
    await end_session(bot, session)
    failed = AuditEntry(bot.clock(), "tvbot", Action.RECORD_FAILED, subject)
    assert (await bot.audited())[-1] == failed
    bot.servicedesk.fail_once("add_note", error)
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    assert (await bot.actions()).count(Action.RECORD_FAILED) == 1
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    assert len(notes_of_record(bot)) == 1
    assert (await bot.audited())[-1] == AuditEntry(bot.clock(), "tvbot", Action.RECORD_WRITTEN, subject)
    assert (await stored_record(bot, session.id)).failed_at is None


async def test_failure_is_reported_to_nobody_as_a_success(bot: BotInMemory) -> None:
    session = await bot.open_session()
    answered = len(bot.answers)
    bot.servicedesk.fail_once("add_note", REFUSED)
    await end_session(bot, session)
    assert len(bot.answers) == answered
    assert Action.RECORD_WRITTEN not in await bot.actions()


async def test_nothing_is_written_while_the_integration_is_off_and_all_of_it_once_it_is_on(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta())
    await bot.switch(integration=False)
    calls = len(bot.servicedesk.calls)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    bot.clock.move(days=2)
    await bot.run_job(Sweep(up_seconds=0))
    assert await run_records(bot) == []
    assert len(bot.servicedesk.calls) == calls
    assert Action.RECORD_FAILED not in await bot.actions()
    await bot.switch()
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    (note,) = notes_of_record(bot)
    assert "Expired" in note


async def test_record_that_another_process_writes_is_left_to_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(Sweep(up_seconds=0))
    bot.unit_of_work.take_jobs()
    bot.teamviewer.open_codes.clear()
    await bot.run_job(Sweep(up_seconds=0))
    async with bot.unit_of_work.write() as tx:
        until = bot.clock() + LEASE
        assert await tx.session_records.lease(session.id, "other", bot.clock(), until)
    await run_records(bot)
    assert notes_of_record(bot) == []
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    await run_records(bot)
    assert len(notes_of_record(bot)) == 1


@pytest.mark.parametrize("why", ["unknown", "open"])
async def test_session_without_a_record_is_left_alone(bot: BotInMemory, why: str) -> None:
    session = await bot.open_session()
    calls = len(bot.servicedesk.calls)
    await bot.run_job(WriteRecord(SessionId("none") if why == "unknown" else session.id))
    assert len(bot.servicedesk.calls) == calls
