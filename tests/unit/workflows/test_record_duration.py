"""Read TeamViewer's connection report of a session."""

from datetime import timedelta

import pytest
from support.bot_in_memory import AWAY, BotInMemory
from support.sessions import NOW

from bot.commands import Logout
from bot.jobs import RecordDuration
from bot.model.ids import SessionId
from bot.model.session import Session, State
from bot.ports import ConnectionReport
from bot.workflows.record_duration import connected_seconds


def report(session: Session, begins: int, ends: int | None, device: str | None = "PC-7") -> ConnectionReport:
    """Return a connection from one minute to another after the start."""
    end = NOW + timedelta(minutes=ends) if ends is not None else None
    return ConnectionReport(f"{begins}", session.code, device, NOW + timedelta(minutes=begins), end)


async def ended(bot: BotInMemory) -> Session:
    session = await bot.open_session()
    await bot.end(session.id)
    return session


async def test_time_and_device_are_read_once_a_session_is_over(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.reports = [report(session, 0, 5), report(session, 10, 12)]
    await bot.run_job(RecordDuration(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.connected_seconds, recorded.device) == (420, "PC-7")


async def test_device_of_an_open_session_is_read_and_its_time_is_not(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.reports = [report(session, 0, 5), report(session, 10, None)]
    await bot.run_job(RecordDuration(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.connected_seconds, recorded.device) == (0, "PC-7")


async def test_report_without_connections_leaves_the_time_that_was_counted_here(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.joined(bot.clock()))
    bot.clock.move(minutes=1)
    await bot.end(session.id)
    version = (await bot.session(session.id)).version
    await bot.run_job(RecordDuration(session.id))
    recorded = await bot.session(session.id)
    assert (recorded.connected_seconds, recorded.version) == (60, version)


async def test_report_that_says_nothing_new_refreshes_no_card(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.reports = [report(session, 0, 5)]
    await bot.run_job(RecordDuration(session.id))
    bot.unit_of_work.take_jobs()
    await bot.run_job(RecordDuration(session.id))
    assert bot.jobs == []


@pytest.mark.parametrize("why", ["unknown", "no code", "disconnected", "off"])
async def test_report_that_cannot_be_read_is_not_asked_for(bot: BotInMemory, why: str) -> None:
    session = await (bot.accept_session() if why == "no code" else bot.open_session())
    if why == "disconnected":
        await bot.send(Logout())
    await bot.switch(integration=why != "off")
    await bot.run_job(RecordDuration(SessionId("none") if why == "unknown" else session.id))
    assert "connection_reports" not in bot.teamviewer.calls


async def test_report_that_fails_changes_nothing(bot: BotInMemory) -> None:
    session = await ended(bot)
    bot.teamviewer.fail_once("connection_reports", AWAY)
    await bot.run_job(RecordDuration(session.id))
    assert (await bot.session(session.id)).state is State.ENDED


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0),
        ([(0, 5)], 300),
        ([(0, 5), (5, 6)], 360),
        ([(0, 10), (2, 3)], 600),
        ([(2, 8), (0, 5)], 480),
        ([(0, 5), (0, 5)], 300),
        ([(0, None)], 0),
    ],
    ids=["none", "one", "after each other", "within", "overlapping", "the same", "running"],
)
async def test_overlapping_connections_count_once(
    bot: BotInMemory, spans: list[tuple[int, int | None]], seconds: int
) -> None:
    session = await bot.open_session()
    assert connected_seconds([report(session, begins, ends) for begins, ends in spans]) == seconds
