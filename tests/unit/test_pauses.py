"""What an outside system asks for is never shortened, wherever something is tried again."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, BotInMemory
from support.records import ended_session, stored_record

from bot.commands import Logout
from bot.errors import LONGEST_RETRY_AFTER_SECONDS, Rejected, Unavailable
from bot.freshness import DIRECTORY_FRESH
from bot.i18n import Text
from bot.jobs import EndSession, RefreshTechnicians, Sweep, WriteRecord
from bot.pauses import choose_pause, pause_after

TWO_HOURS = timedelta(hours=2)
BUSY = Unavailable(Text("Too many calls."), retry_after=TWO_HOURS.total_seconds())
ROUND = Sweep(up_seconds=0)


@pytest.mark.parametrize(
    ("own", "asked", "pause"), [(4, None, 4), (4, 2, 4), (4, 121, 121), (900, 7200, 7200), (0, None, 0)]
)
def test_longer_one_of_both_pauses_counts(own: float, asked: float | None, pause: float) -> None:
    assert choose_pause(own, asked) == pause


def test_only_an_outside_system_that_is_away_asks_for_a_pause() -> None:
    assert pause_after(BUSY, timedelta(minutes=5)) == TWO_HOURS
    assert pause_after(Rejected(Text("It said no.")), timedelta(minutes=5)) == timedelta(minutes=5)


def test_longest_pause_is_a_day() -> None:
    assert Unavailable(Text("Later."), retry_after=1e9).retry_after == LONGEST_RETRY_AFTER_SECONDS


def asked(bot: BotInMemory, method: str) -> int:
    return bot.teamviewer.calls.count(method)


async def test_rounds_leave_an_account_alone_for_as_long_as_teamviewer_asks(bot: BotInMemory) -> None:
    await bot.open_session()
    bot.teamviewer.fail_once("open_sessions", BUSY)
    await bot.run_job(ROUND)
    bot.clock.move(seconds=TWO_HOURS.total_seconds() - 1)
    await bot.run_job(ROUND)
    assert asked(bot, "open_sessions") == 1
    bot.clock.move(seconds=1)
    await bot.run_job(ROUND)
    assert asked(bot, "open_sessions") == 2
    await bot.run_job(ROUND)
    assert asked(bot, "open_sessions") == 3


async def test_look_at_an_ended_session_waits_for_as_long_as_teamviewer_asks(bot: BotInMemory) -> None:
    """The requester is still there after the end, so each round looks."""
    await bot.open_session()
    bot.teamviewer.online.update(bot.teamviewer.open_codes)
    await bot.run_job(ROUND)
    bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    calls = asked(bot, "session_status")
    bot.teamviewer.fail_once("session_status", BUSY)
    await bot.run_job(ROUND)
    bot.clock.move(seconds=TWO_HOURS.total_seconds() - 1)
    await bot.run_job(ROUND)
    assert asked(bot, "session_status") == calls + 1
    bot.clock.move(seconds=1)
    await bot.run_job(ROUND)
    assert asked(bot, "session_status") == calls + 2


async def test_technician_list_waits_for_as_long_as_servicedesk_plus_asks(bot: BotInMemory) -> None:
    """It is due again, and the round tries it every minute."""
    bot.clock.move(seconds=DIRECTORY_FRESH.total_seconds() * 0.6)
    bot.servicedesk.fail_once("technicians", BUSY)
    await bot.run_job(RefreshTechnicians())
    calls = bot.servicedesk.calls.count("technicians")
    assert calls == 1
    bot.clock.move(seconds=60)
    await bot.run_job(RefreshTechnicians())
    assert bot.servicedesk.calls.count("technicians") == calls
    bot.clock.move(seconds=TWO_HOURS.total_seconds())
    await bot.run_job(RefreshTechnicians())
    assert bot.servicedesk.calls.count("technicians") == calls + 1


async def test_revocation_waits_for_as_long_as_teamviewer_asks(bot: BotInMemory) -> None:
    await bot.send(Logout(sure=True))
    bot.unit_of_work.take_jobs()
    bot.clock.move(minutes=5)
    bot.teamviewer.fail_once("revoke", BUSY)
    await bot.run_job(ROUND)
    bot.clock.move(seconds=TWO_HOURS.total_seconds() - 1)
    await bot.run_job(ROUND)
    assert asked(bot, "revoke") == 1
    bot.clock.move(seconds=1)
    await bot.run_job(ROUND)
    assert asked(bot, "revoke") == 2


async def test_close_of_a_session_that_is_over_waits_for_as_long_as_teamviewer_asks(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    async with bot.unit_of_work.write() as tx:
        await tx.sessions.set_close_after(session.id, bot.clock())
    bot.teamviewer.fail_once("close_session", BUSY)
    await bot.run_job(ROUND)
    bot.clock.move(seconds=TWO_HOURS.total_seconds() - 1)
    await bot.run_job(ROUND)
    assert asked(bot, "close_session") == 1
    bot.clock.move(seconds=1)
    await bot.run_job(ROUND)
    assert asked(bot, "close_session") == 2


async def test_record_waits_for_as_long_as_servicedesk_plus_asks(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.servicedesk.fail_once("add_note", BUSY)
    await bot.run_job(EndSession(session.id, ANA.name, ANA.email))
    await bot.run_jobs()
    record = await stored_record(bot, session.id)
    assert record.due_at == bot.clock() + TWO_HOURS


async def test_record_without_such_a_wish_is_due_as_usual(bot: BotInMemory) -> None:
    session = await ended_session(bot)
    await bot.run_job(WriteRecord(session.id))
    assert (await stored_record(bot, session.id)).due_at is None
