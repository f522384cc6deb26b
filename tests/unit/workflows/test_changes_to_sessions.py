"""Changes of a session while TeamViewer or ServiceDesk Plus is asked are not lost."""

import asyncio
from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, LOST, BotInMemory, actor_of, expect_current_cards
from support.memory.sessions import MemorySessions

from bot.commands import OnSession, Verb
from bot.errors import NotFound
from bot.i18n import Text
from bot.jobs import (
    CreateSession,
    EndSession,
    ReadReports,
    RemindOfExpiry,
    Sweep,
)
from bot.model.audit import Action
from bot.model.ids import SessionId
from bot.model.notice import Channel, NoticeState
from bot.model.session import ORPHAN_AFTER, Session, State
from bot.model.session_connection import SessionConnection
from bot.model.technician import Platform
from bot.ports import ConnectionReport
from bot.use_cases.ending import accept_end
from bot.workflows.sweep import STUCK_AFTER


async def test_session_ended_while_its_request_is_looked_up_stays_ended(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["request"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.created == []


async def test_session_given_up_while_its_request_is_looked_up_keeps_the_reason(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    reason = Text("It took too long.")
    bot.servicedesk.before_return["request"] = lambda: bot.change(session.id, lambda one: one.failed(reason))
    await bot.run_jobs()
    assert (await bot.session(session.id)).problem == reason
    await expect_current_cards(bot, session.id)


async def test_dropped_session_leaves_the_home_that_showed_it(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    session = await bot.accept_session()
    job = bot.unit_of_work.take_jobs()[0].job
    bot.servicedesk.fail_once("request", AWAY)

    async def show_wait() -> None:
        await bot.run_jobs()
        assert [one.session_id for one in bot.slack.homes[actor_of(ANA)].cards] == [session.id]

    bot.steps.after["look up the request"] = show_wait
    await bot.run_job(job)
    await bot.run_jobs()
    assert await bot.sessions() == []
    assert list(bot.slack.homes[actor_of(ANA)].cards) == []


async def test_session_ended_while_teamviewer_creates_it_is_closed_there(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()
    assert await bot.notices(session.id) == []
    await expect_current_cards(bot, session.id)


async def test_session_ended_while_its_creation_is_withheld_stays_ended(bot: BotInMemory) -> None:
    """The process stops, so the call never left."""
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("create_session", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_jobs()
    ended = await bot.session(session.id)
    await bot.run_job(CreateSession(session.id, await bot.store_command()))
    assert await bot.session(session.id) == ended
    assert bot.teamviewer.created == []


async def test_session_given_up_while_teamviewer_creates_it_is_closed_there(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    reason = Text("It took too long.")
    bot.teamviewer.before_return["create_session"] = lambda: bot.workflows.services.orphans.fail_session(
        session.id, reason
    )
    await bot.run_jobs()
    failed = await bot.session(session.id)
    assert (failed.state, failed.problem) == (State.FAILED, reason)
    assert bot.teamviewer.open_codes == set()
    await expect_current_cards(bot, session.id)


async def test_session_ended_while_its_creation_gets_no_answer_is_closed_at_teamviewer(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("create_session", LOST)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == set()


async def test_session_opened_while_it_is_given_up_stays_open(bot: BotInMemory) -> None:
    """The sweep gives a stuck session up from a list that it read before. The session has opened since."""
    session = await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job
    bot.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
    polled = await bot.open_session(another=True)
    bot.teamviewer.before_return["open_sessions"] = lambda: bot.run_job(creating)
    await bot.run_job(Sweep(up_seconds=3600))
    assert (await bot.session(polled.id)).state is State.WAITING
    assert (await bot.session(session.id)).state is State.WAITING
    await bot.run_jobs()
    assert bot.teamviewer.open_codes != set()


async def test_end_while_the_creation_is_reported_as_slow_is_not_overwritten(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.servicedesk.before_return["request"] = lambda: bot.end(session.id)
    bot.servicedesk.fail_once("request", AWAY)
    job = bot.unit_of_work.take_jobs()[0].job
    bot.steps.after["look up the request"] = lambda: expect_state(bot, session.id, State.ENDED)
    await bot.run_job(job)


async def expect_state(bot: BotInMemory, session_id: SessionId, state: State) -> None:
    assert (await bot.session(session_id)).state is state


async def test_session_ended_while_teamviewer_is_away_shows_no_trouble(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("create_session", AWAY)
    await bot.run_jobs()
    ended = await bot.session(session.id)
    assert (ended.state, ended.problem) == (State.ENDED, None)


async def test_orphan_looked_for_while_another_process_closes_it_is_closed_once_more(
    bot: BotInMemory,
) -> None:
    """A session that is over stays over, so nothing can change that matters; closing twice is harmless."""
    session = await bot.open_session()
    await bot.end(session.id)

    async def close() -> None:
        bot.teamviewer.open_codes.clear()

    bot.teamviewer.before_return["close_session"] = close
    await bot.workflows.services.orphans.close_orphan(session.id)
    assert bot.teamviewer.open_codes == set()


async def test_account_changed_while_teamviewer_creates_a_session_does_not_lose_it(bot: BotInMemory) -> None:
    """The session lives in the account that created it, so it is closed there, though another one is in use by now."""
    session = await bot.accept_session()

    async def connect_another() -> None:
        await bot.connect(ANA, "u2")

    bot.teamviewer.before_return["create_session"] = connect_another
    await bot.run_jobs()
    assert (await bot.session(session.id)).account == "u1"
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert bot.teamviewer.open_codes == set()


async def test_session_that_opens_while_its_end_is_accepted_is_closed_at_teamviewer(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end finds no code yet. The session opens before the end is stored, so it is closed by a job after all."""
    session = await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job
    read = MemorySessions.get
    opened: list[bool] = []

    async def read_an_older_version(self: MemorySessions, session_id: SessionId) -> Session | None:
        current = await read(self, session_id)
        if opened == [True] and current is not None:
            opened.append(False)
            return session
        return current

    await bot.run_job(creating)
    opened.append(True)
    monkeypatch.setattr(MemorySessions, "get", read_an_older_version)
    async with bot.unit_of_work.write() as tx:
        job = EndSession(session.id, "Ana", ANA.email)
        accepted = await accept_end(job, tx, bot.clock(), key="k1")
    assert accepted is not None
    assert accepted.is_ending
    await bot.run_jobs()
    assert (await bot.session(session.id)).ended_by == "Ana"
    assert bot.teamviewer.open_codes == set()
    await expect_current_cards(bot, session.id)


async def test_session_whose_end_is_accepted_before_teamviewer_is_asked_is_never_created(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()
    creating = bot.unit_of_work.take_jobs()[0].job

    async def end() -> None:
        await bot.send(OnSession(Verb.END, session.id))

    bot.steps.after["look up the request"] = end
    await bot.finish_job(creating)
    assert bot.teamviewer.calls == []
    assert (await bot.session(session.id)).state is State.ENDED
    await expect_current_cards(bot, session.id)


async def test_end_that_fails_while_the_session_ends_at_teamviewer_leaves_it_ended(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.before_return["close_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("close_session", AWAY)
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    await expect_current_cards(bot, session.id)


async def test_end_that_is_accepted_while_a_notice_is_on_its_way_skips_it(bot: BotInMemory) -> None:
    session = await bot.accept_session()

    async def end() -> None:
        await bot.send(OnSession(Verb.END, session.id))

    bot.servicedesk.before_return["reply"] = end
    await bot.run_jobs()
    states = {one.channel: one.state for one in await bot.notices(session.id)}
    assert states == {Channel.REPLY: NoticeState.SENT, Channel.MAIL: NoticeState.SKIPPED}
    assert bot.mailer.sent == []


async def test_end_that_the_sweep_sees_first_is_still_recorded_for_who_ended_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.before_return["close_session"] = lambda: bot.run_job(Sweep(up_seconds=0))
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).ended_by == "Ana"
    assert (await bot.actions()).count(Action.SESSION_ENDED) == 1
    await expect_current_cards(bot, session.id)


async def test_session_that_expires_while_it_is_ended_stays_expired(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def expire() -> None:
        await bot.change(session.id, lambda one: one.expired(bot.clock()))

    bot.teamviewer.before_return["close_session"] = expire
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.EXPIRED
    await expect_current_cards(bot, session.id)


async def test_requester_who_joins_while_the_session_is_ended_is_not_forgotten(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def join() -> None:
        await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))

    bot.teamviewer.before_return["close_session"] = join
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    ended = await bot.session(session.id)
    assert (ended.state, ended.was_joined) == (State.ENDED, True)


async def test_connection_reported_while_it_is_looked_who_is_there_is_kept(bot: BotInMemory) -> None:
    session = await bot.open_session()
    connection = SessionConnection("1", bot.clock(), bot.clock() + timedelta(minutes=1))

    async def report() -> None:
        await bot.change(session.id, lambda one: one.reported([connection], bot.clock()))

    bot.teamviewer.online.update(bot.teamviewer.open_codes)
    bot.teamviewer.before_return["session_status"] = report
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    ended = await bot.session(session.id)
    assert (ended.is_online, ended.connections) == (True, (connection,))


async def test_session_ended_while_the_sweep_asks_teamviewer_keeps_who_ended_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (remote,) = bot.teamviewer.open_codes
    bot.teamviewer.online.add(remote)
    bot.teamviewer.before_return["open_sessions"] = lambda: bot.end(session.id)
    await bot.run_job(Sweep(up_seconds=0))
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by) == (State.ENDED, "Ben")


async def test_session_that_joins_while_the_sweep_asks_teamviewer_ends_as_joined(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.open_codes.clear()

    async def join() -> None:
        await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))

    bot.teamviewer.before_return["session_status"] = join
    await bot.run_job(Sweep(up_seconds=0))
    ended = await bot.session(session.id)
    assert (ended.state, ended.was_joined) == (State.ENDED, True)


async def test_switch_moved_while_the_sweep_asks_teamviewer_spares_the_next_account(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    await bot.open_session()
    await bot.open_session(by=BEN)
    bot.teamviewer.before_return["open_sessions"] = lambda: bot.switch(integration=False)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("open_sessions") == 1


async def test_session_that_ends_while_its_reports_are_read_stays_ended_and_gets_them(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    began = bot.clock()
    finished = SessionConnection("1", began, began + timedelta(minutes=1), "PC-7")
    running = SessionConnection("2", began + timedelta(minutes=2), None, "PC-7")
    bot.teamviewer.reports = [ConnectionReport(session.code, one) for one in (finished, running)]
    bot.teamviewer.before_return["connection_reports"] = lambda: bot.end(session.id)
    await bot.run_job(ReadReports(session.id))
    ended = await bot.session(session.id)
    assert (ended.state, ended.device, ended.connected_seconds) == (State.ENDED, "PC-7", 60)


async def test_older_reports_that_arrive_last_do_not_take_a_connection_away(bot: BotInMemory) -> None:
    session = await bot.open_session()
    known = SessionConnection("1", bot.clock(), bot.clock() + timedelta(minutes=1))

    async def report() -> None:
        await bot.change(session.id, lambda one: one.reported([known], bot.clock()))

    bot.teamviewer.before_return["connection_reports"] = report
    await bot.run_job(ReadReports(session.id))
    assert (await bot.session(session.id)).connections == (known,)


async def test_session_that_ends_between_the_mark_and_the_reminder_is_not_reminded_of(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta(minutes=50))
    await bot.run_job(Sweep(up_seconds=0))
    assert RemindOfExpiry(Platform.SLACK, session.id) in bot.jobs
    await bot.end(session.id)
    answered = len(bot.answers)
    await bot.run_jobs()
    assert len(bot.answers) == answered


async def test_session_that_ends_while_it_is_reminded_of_stays_ended(bot: BotInMemory) -> None:
    """The reminder writes nothing. It says until when a link works, and its button answers that the session is over."""
    session = await bot.open_session()
    bot.slack.before_return["send_answer"] = lambda: bot.end(session.id)
    await bot.run_job(RemindOfExpiry(Platform.SLACK, session.id))
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)
    with pytest.raises(NotFound):
        await bot.send(OnSession(Verb.END, session.id))
