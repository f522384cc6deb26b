"""Read TeamViewer's connection report of a session."""

from datetime import timedelta

import pytest
from support.bot_in_memory import AWAY, BotInMemory
from support.sessions import NOW

from bot.commands import Logout
from bot.jobs import ReadReports
from bot.model.ids import SessionId
from bot.model.session import Session, State
from bot.model.session_connection import SessionConnection
from bot.ports import ConnectionReport
from bot.workflows.connection_reports import enqueue_reports_after_end


def report(session: Session, begins: int, ends: int | None, device: str | None = "PC-7") -> ConnectionReport:
    """Return a connection from one minute to another after the start."""
    end = NOW + timedelta(minutes=ends) if ends is not None else None
    start = NOW + timedelta(minutes=begins)
    return ConnectionReport(session.code, SessionConnection(f"{begins}", start, end, device))


async def ended(bot: BotInMemory) -> Session:
    session = await bot.open_session()
    await bot.end(session.id)
    return session


async def test_time_and_device_are_read_once_a_session_is_over(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.reports = [report(session, 0, 5), report(session, 10, 12)]
    await bot.run_job(ReadReports(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.connected_seconds, recorded.device) == (420, "PC-7")


async def test_running_connection_of_an_open_session_shows_it_as_connected(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.reports = [report(session, 0, 5), report(session, 10, None)]
    await bot.run_job(ReadReports(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.state, recorded.device) == (State.CONNECTED, "PC-7")


async def test_time_of_a_session_without_reports_is_not_known(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    bot.clock.move(minutes=1)
    await bot.end(session.id)
    version = (await bot.session(session.id)).version
    await bot.run_job(ReadReports(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.connected_seconds, recorded.version) == (None, version)


async def test_report_that_comes_late_is_added(bot: BotInMemory) -> None:
    session = await ended(bot)
    await bot.run_job(ReadReports(session.id))
    bot.teamviewer.reports = [report(session, 0, 5)]
    await bot.run_job(ReadReports(session.id))
    assert (await bot.session(session.id)).connected_seconds == 300


async def test_reports_are_read_three_times_after_the_end(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.unit_of_work.take_jobs()
    async with bot.unit_of_work.write() as tx:
        await enqueue_reports_after_end(session.id, tx)
    delays = [one.delay_seconds for one in bot.queue if one.job == ReadReports(session.id)]
    assert delays == [120, 600, 3600]


async def test_report_that_says_nothing_new_refreshes_no_card(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.reports = [report(session, 0, 5)]
    await bot.run_job(ReadReports(session.id))
    bot.unit_of_work.take_jobs()
    await bot.run_job(ReadReports(session.id))
    assert bot.jobs == []


@pytest.mark.parametrize("why", ["unknown", "no code", "disconnected", "off"])
async def test_report_that_cannot_be_read_is_not_asked_for(bot: BotInMemory, why: str) -> None:
    session = await (bot.accept_session() if why == "no code" else bot.open_session())
    if why == "disconnected":
        await bot.send(Logout(sure=True))
    await bot.switch(integration=why != "off")
    await bot.run_job(ReadReports(SessionId("none") if why == "unknown" else session.id))
    assert "connection_reports" not in bot.teamviewer.calls


async def test_report_that_fails_changes_nothing(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.fail_once("connection_reports", AWAY)
    await bot.run_job(ReadReports(session.id))
    assert (await bot.session(session.id)).state is State.ENDED
