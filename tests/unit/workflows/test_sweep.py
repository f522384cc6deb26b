"""Look after every open session, once a round for the whole cluster."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BotInMemory, expect_current_cards
from support.memory.unit_of_work import MemoryTransaction
from support.sessions import NOW
from support.sweeps import ROUND, joined, running, state

from bot.commands import Logout
from bot.jobs import ReadReports, RefreshTechnicians, RemindOfExpiry, Sweep
from bot.model.session import State
from bot.model.technician import Platform
from bot.workflows.lease import LEASE
from bot.workflows.sweep import STUCK_AFTER

UP = int(STUCK_AFTER.total_seconds())


async def test_round_is_stored_as_completed_at_its_end(bot: BotInMemory) -> None:
    """A round that is skipped, because another process is at it, completes nothing."""
    async with bot.unit_of_work.write() as tx:
        await tx.rounds.begin(bot.clock(), timedelta(seconds=30))
        name = f"sweep/{bot.services.installation.org_id}"
        assert await tx.tokens.lease(name, "other", bot.clock(), bot.clock() + LEASE)
    await bot.run_job(ROUND)
    async with bot.unit_of_work.write() as tx:
        assert await tx.rounds.completed_at() is None
        await tx.tokens.release(name, "other")
    await bot.run_job(ROUND)
    async with bot.unit_of_work.read() as tx:
        assert await tx.rounds.completed_at() == bot.clock()


async def test_session_whose_requester_joined_shows_that_they_are_there(bot: BotInMemory) -> None:
    session = await joined(bot)
    there = await bot.session(session.id)
    assert (there.state, there.arrived_at, there.connected_since) == (State.PRESENT, bot.clock(), None)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_session_with_a_running_connection_in_the_reports_is_connected(bot: BotInMemory) -> None:
    session = await joined(bot)
    bot.teamviewer.reports = [running(session)]
    await bot.run_job(ROUND)
    connected = await bot.session(session.id)
    assert (connected.state, connected.connected_since, connected.device) == (State.CONNECTED, NOW, "PC-7")


async def test_reports_that_cannot_be_read_leave_the_rest_of_the_round(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.online.update(bot.teamviewer.open_codes)
    bot.teamviewer.fail_once("connection_reports", AWAY)
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.PRESENT


async def test_session_whose_requester_left_waits_again_and_remembers_it(bot: BotInMemory) -> None:
    session = await joined(bot)
    bot.clock.move(minutes=2)
    bot.teamviewer.online.clear()
    await bot.run_job(ROUND)
    waiting = await bot.session(session.id)
    assert (waiting.state, waiting.left_at, waiting.stayed_seconds) == (State.WAITING, bot.clock(), 120)


@pytest.mark.parametrize("how", ["closed at TeamViewer", "expired"])
async def test_session_that_is_over_is_looked_at_until_the_requester_has_left(
    bot: BotInMemory, how: str
) -> None:
    session = await joined(bot)
    if how == "expired":
        await bot.set_expiry(session.id, timedelta())
    else:
        bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    assert (await bot.session(session.id)).is_online
    bot.teamviewer.online.clear()
    await bot.run_job(ROUND)
    assert not (await bot.session(session.id)).is_online
    calls = bot.teamviewer.calls.count("session_status")
    await bot.run_job(ROUND)
    assert bot.teamviewer.calls.count("session_status") == calls


async def test_session_that_is_over_for_a_day_is_no_longer_looked_at(bot: BotInMemory) -> None:
    await joined(bot)
    bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    bot.clock.move(hours=24, seconds=1)
    calls = bot.teamviewer.calls.count("session_status")
    await bot.run_job(ROUND)
    assert bot.teamviewer.calls.count("session_status") == calls


async def test_session_that_was_closed_at_teamviewer_is_ended_by_nobody_here(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by) == (State.ENDED, None)
    assert ReadReports(session.id) in bot.jobs


async def test_session_that_is_missing_on_the_list_is_asked_for_before_it_ends(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.unlisted.update(bot.teamviewer.open_codes)
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.WAITING
    assert bot.teamviewer.calls.count("session_status") == 1


async def test_round_without_a_change_enqueues_nothing(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.run_job(ROUND)
    assert bot.jobs == []


async def test_session_that_has_not_changed_costs_no_transaction(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly all sessions of nearly all rounds have not. On SQLite every transaction keeps commands waiting."""
    write = bot.unit_of_work.write
    transactions = []

    def counting_write() -> AbstractAsyncContextManager[MemoryTransaction]:
        transactions.append("write")
        return write()

    counts = []
    for another in (False, True):
        session = await joined(bot, another=another)
        transactions.clear()
        with monkeypatch.context() as patch:
            patch.setattr(bot.unit_of_work, "write", counting_write)
            await bot.run_job(ROUND)
        counts.append(len(transactions))
        assert await state(bot, session) is State.PRESENT
    assert counts[0] == counts[1]


async def test_expired_session_is_closed_at_teamviewer_too(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta())
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.EXPIRED
    assert bot.teamviewer.open_codes == set()
    assert ReadReports(session.id) in bot.jobs


async def test_session_that_cannot_be_closed_delays_no_poll(bot: BotInMemory) -> None:
    """TeamViewer does not answer the call that closes an expired session, until another session was followed."""
    expired = await bot.open_session()
    polled = await joined(bot, another=True)
    await bot.set_expiry(expired.id, timedelta())
    bot.teamviewer.online.clear()
    followed = asyncio.Event()

    async def wait_for_the_poll() -> None:
        await asyncio.wait_for(followed.wait(), 5)

    async def set_followed() -> None:
        followed.set()

    bot.teamviewer.before_return["close_session"] = wait_for_the_poll
    bot.teamviewer.before_return["open_sessions"] = set_followed
    await bot.run_job(ROUND)
    assert await state(bot, polled) is State.WAITING
    assert await state(bot, expired) is State.EXPIRED


async def test_session_expires_while_the_integration_is_off_without_a_call(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta())
    await bot.switch(integration=False)
    calls = len(bot.teamviewer.calls)
    await bot.run_job(ROUND)
    assert await state(bot, session) is State.EXPIRED
    assert len(bot.teamviewer.calls) == calls


async def test_session_whose_time_was_prolonged_meanwhile_does_not_expire(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta())
    due = await bot.session(session.id)
    await bot.set_expiry(session.id, timedelta(hours=1))
    await bot.workflows.services.sweeper._expire(due)
    assert await state(bot, session) is State.WAITING


async def test_nothing_is_asked_of_teamviewer_or_servicedesk_while_the_integration_is_off(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    await bot.send(Logout(sure=True))
    await bot.switch(integration=False)
    bot.clock.move(hours=1)
    calls = (len(bot.teamviewer.calls), len(bot.servicedesk.calls))
    bot.teamviewer.open_codes.clear()
    await bot.run_job(Sweep(up_seconds=UP))
    assert (len(bot.teamviewer.calls), len(bot.servicedesk.calls)) == calls
    assert await state(bot, session) is State.WAITING


@pytest.mark.parametrize(("up", "expected"), [(UP, State.FAILED), (UP - 1, State.CREATING)])
async def test_session_that_is_stuck_fails_unless_the_process_has_just_started(
    bot: BotInMemory, up: int, expected: State
) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    bot.clock.move(seconds=UP + 1)
    await bot.run_job(Sweep(up_seconds=up))
    assert await state(bot, session) is expected


async def test_session_that_was_accepted_just_now_is_not_stuck(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.clock.move(seconds=UP)
    await bot.run_job(Sweep(up_seconds=UP))
    assert await state(bot, session) is State.CREATING


async def test_reminders_are_enqueued(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta(minutes=30))
    await bot.run_job(ROUND)
    assert RemindOfExpiry(Platform.SLACK, session.id) in bot.jobs


async def test_technicians_are_read_again_by_a_job_of_their_own(bot: BotInMemory) -> None:
    """ServiceDesk Plus must not delay what the sweep asks of TeamViewer."""
    await bot.run_job(ROUND)
    assert bot.jobs == []
    bot.clock.move(minutes=6)
    for _round in range(2):
        await bot.run_job(ROUND)
    assert bot.jobs == [RefreshTechnicians()]
    assert bot.servicedesk.calls == []
    await bot.run_jobs()
    assert bot.servicedesk.calls == ["technicians"]


async def test_old_records_are_deleted(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    bot.clock.move(days=91)
    await bot.run_job(ROUND)
    assert await bot.sessions() == []


async def test_round_that_another_process_makes_is_not_made_twice(bot: BotInMemory) -> None:
    await bot.open_session()
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.lease("sweep/itdesk", "other", bot.clock(), bot.clock() + LEASE)
    await bot.run_job(ROUND)
    assert "open_sessions" not in bot.teamviewer.calls


async def test_session_that_is_being_created_is_not_asked_for(bot: BotInMemory) -> None:
    await bot.accept_session(by=ANA)
    await bot.run_job(ROUND)
    assert bot.teamviewer.calls == []


async def test_round_looks_after_the_sessions_of_every_page(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are answered between two pages, however many sessions are open."""
    monkeypatch.setattr("bot.workflows.sweep.PAGE", 2)
    sessions = [await bot.open_session(another=True) for _number in range(5)]
    bot.teamviewer.open_codes.clear()
    await bot.run_job(ROUND)
    assert {await state(bot, session) for session in sessions} == {State.ENDED}
