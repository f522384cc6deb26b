"""What follows the end of a session, whoever ended it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from support.bot_in_memory import REFUSED, BotInMemory, N

from bot.commands import OnSession, Verb
from bot.jobs import EndSession, ReadReports, Sweep, WriteRecord
from bot.model.session import Session, State
from bot.use_cases.request_closed import end_sessions_of_closed_request


async def end_in_chat(bot: BotInMemory, session: Session) -> None:
    await bot.send(OnSession(Verb.END, session.id))


async def close_request(bot: BotInMemory, session: Session) -> None:
    assert session.request_id is not None
    assert await end_sessions_of_closed_request(session.request_id, bot.unit_of_work, bot.clock()) == 1


async def close_at_teamviewer(bot: BotInMemory, _session: Session) -> None:
    bot.teamviewer.open_codes.clear()
    await bot.run_job(Sweep(up_seconds=0))


async def let_it_expire(bot: BotInMemory, session: Session) -> None:
    await bot.set_expiry(session.id, timedelta())
    await bot.run_job(Sweep(up_seconds=0))


@pytest.mark.parametrize("end", [end_in_chat, close_request, close_at_teamviewer, let_it_expire])
async def test_every_end_enqueues_the_record_and_the_readings_of_the_reports(
    bot: BotInMemory, end: Callable[[BotInMemory, Session], Awaitable[None]]
) -> None:
    session = await bot.open_session()
    await end(bot, session)
    for job in [one for one in bot.jobs if isinstance(one, EndSession)]:
        await bot.run_job(job)
    assert (await bot.session(session.id)).state.is_over
    work = [(one.job, one.delay_seconds) for one in bot.queue]
    assert work.count((WriteRecord(session.id), 0)) == 1
    assert [delay for job, delay in work if job == ReadReports(session.id)] == [120, 600, 3600]


async def test_session_that_ended_before_teamviewer_opened_it_gets_no_record(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    await bot.send(OnSession(Verb.END, N))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.servicedesk.notes == []


async def test_session_that_could_not_be_created_gets_no_record(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", REFUSED)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.FAILED
    assert bot.servicedesk.notes == []


async def test_session_that_the_sweep_found_ended_first_is_recorded_with_who_ended_it(
    bot: BotInMemory,
) -> None:
    """The record is written when the sweep sees the end, and is corrected when the command reports who it was."""
    session = await bot.open_session()
    bot.teamviewer.before_return["close_session"] = lambda: bot.run_job(Sweep(up_seconds=0))
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    (note,) = [html for _request, html in bot.servicedesk.notes if "is over" in html]
    assert "by Ana" in note
