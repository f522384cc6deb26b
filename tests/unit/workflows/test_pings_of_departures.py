"""Notify a creator that the requester left without having been helped."""

from datetime import datetime, timedelta

from support.bot_in_memory import ANA, AWAY, BotInMemory, N
from support.pings import arrive, leave, pings, private, replies

from bot.commands import OnSession, Verb
from bot.jobs import CheckDeparture, PingDeparture
from bot.model.ids import SessionCode
from bot.model.session_connection import SessionConnection
from bot.ports import ConnectionReport
from bot.views.parts import Button

RITA_LEFT = f"Rita left request #{N} after 12 min, and nobody was seen to connect."


async def test_departure_without_help_is_reported_in_both_chats_with_reinvite(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    await leave(bot, session)
    for view in (replies(bot.slack)[-1], private(bot.teams)[-1]):
        assert str(view.text) == RITA_LEFT
        (button,) = view.buttons
        assert isinstance(button, Button)
        assert button.command == OnSession(Verb.REINVITE, session.id)
    assert len(pings(bot)) == 4


async def test_chat_that_is_away_delays_no_report_of_a_departure_in_the_other(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    bot.clock.move(minutes=12)
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    (check,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, CheckDeparture)]
    bot.slack.fail_once("reply", AWAY)
    await bot.run_job(check)
    for queued in bot.unit_of_work.take_jobs():
        assert isinstance(queued.job, PingDeparture)
        await bot.run_job(queued.job)
    assert [str(one.text) for one in private(bot.teams)][-1] == RITA_LEFT
    assert RITA_LEFT not in [str(one.text) for one in replies(bot.slack)]


async def test_departure_after_the_technician_entered_is_not_reported(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    await bot.send(OnSession(Verb.ENTER, session.id))
    sent = pings(bot)
    await leave(bot, session)
    assert pings(bot) == sent


async def test_departure_is_not_reported_if_a_connection_is_reported_only_afterwards(
    bot: BotInMemory,
) -> None:
    session = await arrive(bot, await bot.open_session())
    sent = pings(bot)
    start = bot.clock() + timedelta(minutes=1)
    bot.teamviewer.reports = [report(session.code, start)]
    await leave(bot, session)
    assert pings(bot) == sent


def report(code: SessionCode | None, start: datetime) -> ConnectionReport:
    """Return a report of a connection of five minutes."""
    return ConnectionReport(code, SessionConnection("1", start, start + timedelta(minutes=5)))


async def test_departure_from_a_session_that_is_over_is_not_reported(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    sent = pings(bot)
    await bot.change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    await bot.end(session.id)
    calls = bot.teamviewer.calls.count("connection_reports")
    departures = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, CheckDeparture)]
    for job in departures:
        await bot.finish_job(job)
    assert pings(bot) == sent
    assert bot.teamviewer.calls.count("connection_reports") == calls


async def test_departure_is_reported_though_reports_cannot_be_read(bot: BotInMemory) -> None:
    session = await arrive(bot, await bot.open_session())
    async with bot.unit_of_work.write() as tx:
        for connection in await tx.connections.of_technician(ANA.email):
            await tx.revocations.give_up(connection, bot.clock())
    await leave(bot, session)
    assert pings(bot).count(RITA_LEFT) == 2
