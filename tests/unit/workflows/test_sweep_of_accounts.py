"""Ask TeamViewer for each account once in a round, and let none that fails delay the others."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import pytest
from support.bot_in_memory import AWAY, BEN, BotInMemory
from support.memory.unit_of_work import MemoryTransaction, MemoryUnitOfWork
from support.sweeps import ROUND, joined, running, state

from bot.commands import Logout
from bot.model.session import State
from bot.ports import ConnectionReport
from bot.workflows.bounded_gather import AT_ONCE
from bot.workflows.sweep import FEW_ACCOUNTS, LONGEST_PAUSE, SPREAD, pause_between


async def test_reports_of_others_say_nothing_about_a_session(bot: BotInMemory) -> None:
    other = await bot.open_session()
    session = await bot.open_session(another=True)
    assert session.code is not None
    bot.teamviewer.online.add(session.code)
    bot.teamviewer.reports = [running(other), ConnectionReport(None, running(session).connection)]
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.PRESENT


async def test_reports_are_read_only_where_the_requester_is_there_and_once_for_an_account(
    bot: BotInMemory,
) -> None:
    await bot.open_session()
    await bot.run_job(ROUND)
    assert "connection_reports" not in bot.teamviewer.calls
    await bot.open_session(another=True)
    bot.teamviewer.online.update(bot.teamviewer.open_codes)
    await bot.run_job(ROUND)
    assert bot.teamviewer.calls.count("connection_reports") == 1


async def test_account_is_asked_although_the_clock_moves_on_meanwhile(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two readings of a real clock the second one is later, if only by a microsecond."""

    def tick() -> datetime:
        bot.clock.move(microseconds=1)
        return bot.clock()

    monkeypatch.setattr(bot.workflows.services.sweeper, "_clock", tick)
    session = await joined(bot)
    assert await state(bot, session) is State.PRESENT


async def test_accounts_are_asked_once_each_however_many_sessions_they_have(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    for _session in range(3):
        await bot.open_session(another=True)
    await bot.open_session(by=BEN)
    await bot.run_job(ROUND)
    assert bot.teamviewer.calls.count("open_sessions") == 2


async def test_account_that_cannot_be_asked_does_not_stop_the_others(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    first, second = await bot.open_session(), await bot.open_session(by=BEN)
    bot.teamviewer.open_codes.clear()
    bot.teamviewer.fail_once("open_sessions", AWAY)
    await bot.run_job(ROUND)
    assert {await state(bot, first), await state(bot, second)} == {State.WAITING, State.ENDED}


async def test_session_of_a_disconnected_account_is_followed_no_longer(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(Logout(sure=True))
    bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.WAITING


@pytest.mark.parametrize("accounts", [0, 1, FEW_ACCOUNTS])
def test_few_accounts_are_polled_without_pauses(accounts: int) -> None:
    assert pause_between(accounts) == timedelta(0)


@pytest.mark.parametrize("accounts", [FEW_ACCOUNTS + 1, 250, 5_000])
def test_many_accounts_are_spread_over_a_part_of_the_time_between_two_rounds(accounts: int) -> None:
    pause = pause_between(accounts)
    assert timedelta(0) < pause <= LONGEST_PAUSE
    assert pause * accounts / AT_ONCE <= SPREAD + timedelta(milliseconds=1)


async def test_account_whose_list_has_not_changed_costs_no_write(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round writes as often with two sessions as with one, because neither has changed."""
    opened = 0
    write = MemoryUnitOfWork.write

    def counted(unit_of_work: MemoryUnitOfWork) -> AbstractAsyncContextManager[MemoryTransaction]:
        nonlocal opened
        opened += 1
        return write(unit_of_work)

    async def count_writes_of_a_round() -> int:
        await bot.run_job(ROUND)
        before = opened
        await bot.run_job(ROUND)
        return opened - before

    monkeypatch.setattr(MemoryUnitOfWork, "write", counted)
    await bot.open_session()
    with_one = await count_writes_of_a_round()
    await bot.open_session(another=True)
    assert await count_writes_of_a_round() == with_one > 0
    changed = await bot.open_session(another=True)
    await bot.run_job(ROUND)
    assert changed.code is not None
    bot.teamviewer.online.add(changed.code)
    before = opened
    await bot.run_job(ROUND)
    assert opened - before > with_one
