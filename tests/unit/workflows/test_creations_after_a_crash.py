"""Create a session at TeamViewer once, although the process dies or an answer is lost."""

import asyncio

import pytest
from support.bot_in_memory import (
    AWAY,
    LOST,
    BotInMemory,
    expect_current_cards,
)
from support.creations import job_of
from support.fakes.steps import BrokenInside, Crash, ResumedSteps

from bot.jobs import (
    Sweep,
)
from bot.model.audit import Action
from bot.model.ids import SessionId
from bot.model.session import ORPHAN_AFTER, Kind, State


async def test_session_whose_creation_never_left_is_created_by_the_next_process(bot: BotInMemory) -> None:
    """Without a mark it is not looked for first, and nothing at TeamViewer waits to be closed."""
    session = await bot.accept_session()
    job = job_of(bot)
    bot.teamviewer.fail_once("create_session", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    assert (await bot.session(session.id)).account is None
    await bot.finish_job(job)
    created = await bot.session(session.id)
    assert (created.state, created.account) == (State.WAITING, "u1")
    assert "find_session" not in bot.teamviewer.calls
    assert len(bot.teamviewer.created) == 1


async def test_session_whose_creation_was_cut_short_is_looked_for_by_the_next_process(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()
    job = job_of(bot)

    async def stop() -> None:
        raise asyncio.CancelledError

    bot.teamviewer.before_return["create_session"] = stop
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    assert (await bot.session(session.id)).account == "u1"
    await bot.finish_job(job)
    assert (await bot.session(session.id)).state is State.WAITING
    assert len(bot.teamviewer.created) == 1


async def test_session_that_could_not_be_confirmed_is_closed_at_teamviewer_later(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", LOST)
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.FAILED
    assert bot.teamviewer.open_codes != set()
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.workflows.services.orphans.close_due()
    assert bot.teamviewer.open_codes == set()


async def test_session_with_an_unknown_outcome_is_looked_for_before_it_is_created_again(
    bot: BotInMemory,
) -> None:
    session = await bot.accept_session()
    creator = bot.workflows.services.creator
    await creator.look_up_request(session.id, job_of(bot).command)
    bot.teamviewer.fail_once("create_session", LOST)
    with pytest.raises(type(LOST)):
        await creator.open_session(session.id)
    assert (await bot.session(session.id)).problem is not None
    await creator.open_session(session.id)
    opened = await bot.session(session.id)
    assert (opened.state, opened.problem) == (State.WAITING, None)
    assert len(bot.teamviewer.created) == 1


async def test_session_that_was_never_created_is_created_at_the_second_try(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    creator = bot.workflows.services.creator
    await creator.look_up_request(session.id, job_of(bot).command)
    bot.teamviewer.fail_once("create_session", AWAY)
    with pytest.raises(type(AWAY)):
        await creator.open_session(session.id)
    await creator.open_session(session.id)
    assert len(bot.teamviewer.created) == 1
    assert bot.teamviewer.calls == ["create_session", "find_session", "create_session"]


async def test_check_that_breaks_after_the_session_opened_stops_no_notice(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_inside(_: SessionId) -> None:
        raise BrokenInside

    monkeypatch.setattr(bot.workflows.services.creator, "require_still_open", break_inside)
    session = await bot.accept_session()
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.WAITING
    assert len(bot.servicedesk.replies) == 1
    assert len(bot.servicedesk.notes) == 1
    await expect_current_cards(bot, session.id)


async def test_session_is_closed_at_teamviewer_where_the_bot_breaks_after_it_was_created(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would know of the session. TeamViewer cannot be reached at first, and the sweep closes it later."""

    async def break_inside(*_: object) -> None:
        raise BrokenInside

    monkeypatch.setattr(bot.workflows.services.notices, "plan_notices", break_inside)
    session = await bot.accept_session()
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.FAILED
    assert bot.teamviewer.open_codes != set()
    bot.teamviewer.fail_once("find_session", BrokenInside())
    for _round in range(2):
        bot.clock.move(minutes=5)
        await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == set()


async def run_jobs_with_a_crash(bot: BotInMemory, dies_after: int) -> int:
    """Run every job. The process dies after one step, and the job goes on where it was. Return how many steps ran."""
    ran = 0
    while queued := bot.unit_of_work.take_jobs():
        for one in queued:
            steps = ResumedSteps(dies_after - ran)
            try:
                await bot.run_job(one.job, steps)
            except Crash:
                await bot.run_job(one.job, steps)
            ran += len(steps.names)
    return ran


async def test_jobs_resumed_after_a_crash_in_any_step_create_and_notify_once(bot: BotInMemory) -> None:
    await bot.accept_session(Kind.PILOT)
    for dies_after in range(await run_jobs_with_a_crash(bot, -1)):
        again = BotInMemory()
        await again.start()
        session = await again.accept_session(Kind.PILOT)
        await run_jobs_with_a_crash(again, dies_after)
        assert len(again.teamviewer.created) == 1
        assert len(await again.cards(session.id)) == 1
        assert len(again.servicedesk.replies) == 1
        assert len({mail.message_id for mail in again.mailer.sent}) == 1
        assert len(again.texter.sent) == 1
        assert len(again.servicedesk.notes) == 1
        assert (await again.actions()).count(Action.SESSION_CREATED) == 1
        await expect_current_cards(again, session.id)
