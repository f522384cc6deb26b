"""End a session: at TeamViewer first, then here."""

import pytest
from support.bot_in_memory import ADA, ANA, AWAY, REFUSED, BotInMemory, N, expect_current_cards

from bot.authorizations import REVOKE_RETRY_AFTER
from bot.commands import Logout, OnSession, Verb
from bot.errors import BotError, NotAuthorized
from bot.i18n import Text
from bot.jobs import EndSession, ReadReports, RefreshCard, RevokeConnections, SendReply, Sweep, WriteRecord
from bot.model.audit import Action, AuditEntry
from bot.model.ids import SessionId
from bot.model.session import State
from bot.use_cases.request_closed import BY
from bot.views.pages import Message
from bot.views.parts import Tone


def last_message(bot: BotInMemory) -> Message:
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


async def test_session_is_closed_ended_audited_and_confirmed(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(OnSession(Verb.END, N), by=ADA)
    await bot.run_jobs()
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by, ended.ended_at) == (State.ENDED, "Ada", bot.clock())
    assert bot.teamviewer.open_codes == set()
    entry = AuditEntry(bot.clock(), ADA.email, Action.SESSION_ENDED, f"#{N} {session.code}")
    assert (await bot.audited())[-1] == entry
    assert last_message(bot).tone is Tone.GOOD
    await expect_current_cards(bot, session.id)


async def test_reports_are_read_several_times_later(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(EndSession(session.id, "Ana", ANA.email))
    assert [one.delay_seconds for one in bot.queue if one.job == ReadReports(session.id)] == [120, 600, 3600]


async def test_session_without_a_code_is_ended_without_a_call(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    await bot.finish_job(EndSession(session.id, "Ana", ANA.email, await bot.store_command()))
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.calls == []
    assert await bot.actions() == [Action.SESSION_ENDED]
    assert last_message(bot).tone is Tone.GOOD


@pytest.mark.parametrize(
    "error", [AWAY, REFUSED, NotAuthorized(Text("Lost."))], ids=lambda one: type(one).__name__
)
async def test_session_that_teamviewer_does_not_close_stays_open(bot: BotInMemory, error: BotError) -> None:
    session = await bot.open_session()
    bot.teamviewer.fail_once("close_session", error)
    await bot.send(OnSession(Verb.END, N))
    await bot.run_jobs()
    left = await bot.session(session.id)
    assert (left.state, left.is_usable) == (State.WAITING, True)
    assert last_message(bot).tone is Tone.PROBLEM
    assert Action.SESSION_ENDED not in await bot.actions()
    await expect_current_cards(bot, session.id)


async def test_end_waits_for_no_chat(bot: BotInMemory) -> None:
    """The session is ended, and everything that shows it is a job of its own."""
    session = await bot.open_session()
    calls = len(bot.slack.calls)
    await bot.run_job(EndSession(session.id, "Ana", ANA.email, await bot.store_command()))
    assert (await bot.session(session.id)).state is State.ENDED
    assert len(bot.slack.calls) == calls
    assert {type(one) for one in bot.jobs} == {ReadReports, RefreshCard, SendReply, WriteRecord}


async def test_end_that_was_accepted_before_a_logout_is_carried_out(bot: BotInMemory) -> None:
    """The access that was given up is revoked after the session is closed with it."""
    session = await bot.open_session()
    await bot.send(OnSession(Verb.END, N))
    await bot.send(Logout(sure=True))
    ending, *others = [one.job for one in bot.unit_of_work.take_jobs()]
    assert isinstance(ending, EndSession)
    (revoking,) = [one for one in others if isinstance(one, RevokeConnections)]
    await bot.run_job(revoking)
    assert bot.teamviewer.revoked == []
    for job in (ending, *others):
        await bot.run_job(job)
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert len(bot.teamviewer.revoked) == 1


async def test_session_of_a_disconnected_account_stays_open(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(Logout(sure=True))
    await bot.run_jobs()
    await bot.finish_job(EndSession(session.id, "Ana", ANA.email, await bot.store_command()))
    assert (await bot.session(session.id)).state is State.WAITING
    assert last_message(bot).tone is Tone.PROBLEM


@pytest.mark.parametrize("has_code", [True, False])
async def test_session_is_not_ended_while_the_integration_is_off(bot: BotInMemory, *, has_code: bool) -> None:
    session = await (bot.open_session() if has_code else bot.accept_session())
    bot.unit_of_work.take_jobs()
    await bot.switch(integration=False)
    await bot.finish_job(EndSession(session.id, "Ana", ANA.email, await bot.store_command()))
    assert (await bot.session(session.id)).state.is_open
    assert last_message(bot).tone is Tone.PROBLEM


async def test_failure_that_nobody_in_chat_asked_for_is_reported_to_the_creator(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.teamviewer.fail_once("close_session", AWAY)
    await bot.finish_job(EndSession(session.id, BY, BY))
    assert bot.answers[-1].to.actor.user == "UANA"
    assert (last_message(bot).tone, len(last_message(bot).details)) == (Tone.PROBLEM, 1)


async def test_failure_for_a_session_that_is_over_is_not_reported(bot: BotInMemory) -> None:
    session = await bot.open_session()
    answered = len(bot.answers)
    bot.teamviewer.before_return["close_session"] = lambda: bot.end(session.id)
    bot.teamviewer.fail_once("close_session", AWAY)
    await bot.finish_job(EndSession(session.id, BY, BY))
    assert len(bot.answers) == answered


async def test_end_that_nobody_in_chat_asked_for_is_not_confirmed(bot: BotInMemory) -> None:
    session = await bot.open_session()
    answered = len(bot.answers)
    await bot.finish_job(EndSession(session.id, BY, BY))
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by) == (State.ENDED, BY)
    assert len(bot.answers) == answered


@pytest.mark.parametrize("has_code", [True, False])
async def test_session_that_was_over_is_not_confirmed_as_ended(bot: BotInMemory, *, has_code: bool) -> None:
    """Somebody else ended it after the command was accepted."""
    session = await (bot.open_session() if has_code else bot.accept_session())
    bot.unit_of_work.take_jobs()
    await bot.end(session.id)
    audited = await bot.audited()
    await bot.finish_job(EndSession(session.id, "Ana", ANA.email, await bot.store_command()))
    assert last_message(bot).tone is Tone.PLAIN
    assert "was over before you ended it" in str(last_message(bot).text)
    assert ((await bot.session(session.id)).ended_by, await bot.audited()) == ("Ben", audited)


async def test_two_ends_of_one_session_confirm_it_once(bot: BotInMemory) -> None:
    await bot.open_session()
    for _press in range(2):
        await bot.send(OnSession(Verb.END, N))
    answered = len(bot.answers)
    await bot.run_jobs()
    tones = [one.view.tone for one in bot.answers[answered:] if isinstance(one.view, Message)]
    assert sorted(tones) == [Tone.GOOD, Tone.PLAIN]


@pytest.mark.parametrize("has_code", [True, False])
async def test_end_that_runs_again_after_a_crash_is_confirmed_as_it_was(
    bot: BotInMemory, *, has_code: bool
) -> None:
    session = await (bot.open_session() if has_code else bot.accept_session())
    bot.unit_of_work.take_jobs()
    job = EndSession(session.id, "Ana", ANA.email, await bot.store_command())
    for _run in range(2):
        await bot.run_job(job)
    await bot.run_jobs()
    assert last_message(bot).tone is Tone.GOOD


async def test_job_that_runs_again_changes_nothing(bot: BotInMemory) -> None:
    session = await bot.open_session()
    job = EndSession(session.id, "Ana", ANA.email)
    await bot.run_job(job)
    bot.clock.move(minutes=1)
    ended, audited = await bot.session(session.id), await bot.audited()
    await bot.run_job(job)
    assert (await bot.session(session.id), await bot.audited()) == (ended, audited)


@pytest.mark.parametrize("command", [None, "k1"])
async def test_unknown_session_is_left_alone(bot: BotInMemory, command: str | None) -> None:
    key = await bot.store_command() if command else None
    await bot.finish_job(EndSession(SessionId("none"), "Ana", ANA.email, key))
    assert (bot.teamviewer.calls, bot.answers, await bot.audited()) == ([], [], [])
