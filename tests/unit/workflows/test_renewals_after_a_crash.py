"""A process that dies during a renewal: the session is renewed once."""

import asyncio

import pytest
from support.bot_in_memory import BotInMemory
from support.fakes.steps import Crash, ResumedSteps
from support.renewals import accepted

from bot.model.audit import Action
from bot.model.ids import SessionId

STEPS = 2
"""The steps of a renewal that succeeds."""


@pytest.mark.parametrize("dies_after", range(STEPS))
async def test_process_that_dies_after_a_step_doubles_nothing(bot: BotInMemory, dies_after: int) -> None:
    before = await bot.open_session()
    replies = len(bot.servicedesk.replies)
    job = await accepted(bot)
    steps = ResumedSteps(dies_after)
    with pytest.raises(Crash):
        await bot.run_job(job, steps)
    await bot.run_job(job, steps)
    await bot.run_jobs()
    await expect_renewed_once(bot, before.id, replies)


@pytest.mark.parametrize("call", ["session_status", "create_session", "close_session"])
async def test_process_that_dies_during_a_call_doubles_nothing(bot: BotInMemory, call: str) -> None:
    """TeamViewer has acted, and the process has no answer yet."""
    before = await bot.open_session()
    replies = len(bot.servicedesk.replies)
    job = await accepted(bot)

    async def die() -> None:
        raise Crash

    bot.teamviewer.before_return[call] = die
    with pytest.raises(Crash):
        await bot.run_job(job)
    await bot.run_job(job)
    await bot.run_jobs()
    await expect_renewed_once(bot, before.id, replies)


async def test_process_that_stops_before_the_call_leaves_makes_it_later(bot: BotInMemory) -> None:
    """The mark is taken back, so the next run does not look for a session that cannot be there."""
    before = await bot.open_session()
    replies = len(bot.servicedesk.replies)
    job = await accepted(bot)
    bot.teamviewer.fail_once("create_session", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    async with bot.unit_of_work.read() as tx:
        renewal = await tx.renewals.get(job.renewal)
    assert renewal is not None
    assert renewal.account is None
    await bot.run_job(job)
    await bot.run_jobs()
    assert "find_session" not in bot.teamviewer.calls
    await expect_renewed_once(bot, before.id, replies)


async def expect_renewed_once(bot: BotInMemory, session_id: SessionId, replies: int) -> None:
    session = await bot.session(session_id)
    assert len(session.former_codes) == 1
    assert bot.teamviewer.open_codes == {session.code}
    assert len(bot.servicedesk.replies) == replies + 1
    assert (await bot.actions()).count(Action.SESSION_RENEWED) == 1
    assert len([one for one in bot.servicedesk.notes if "was renewed by" in one[1]]) == 1
