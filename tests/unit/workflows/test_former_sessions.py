"""What renewals leave at TeamViewer is closed there."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, LOST, BotInMemory, N

from bot.commands import Logout, OnSession, Verb
from bot.errors import NotAllowed, NotAuthorized, Unavailable
from bot.jobs import RenewSession, Sweep
from bot.model.ids import RenewalId
from bot.model.renewal import Renewal
from bot.workflows.former_sessions import STUCK_AFTER


async def renewed(bot: BotInMemory) -> RenewalId:
    """Renew a session. The one before is still open at TeamViewer."""
    await bot.open_session()
    bot.teamviewer.fail_once("close_session", AWAY)
    await bot.send(OnSession(Verb.RENEW, N))
    (job,) = [one for one in bot.jobs if isinstance(one, RenewSession)]
    await bot.run_jobs()
    assert len(bot.teamviewer.open_codes) == 2
    return job.renewal


async def due(bot: BotInMemory, after: timedelta = timedelta(days=2)) -> list[RenewalId]:
    """Return the renewals that have left something to close."""
    async with bot.unit_of_work.read() as tx:
        return [one.id for one in await tx.renewals.due_to_close(bot.clock() + after)]


async def test_session_before_is_closed(bot: BotInMemory) -> None:
    renewal = await renewed(bot)
    assert await bot.workflows.services.former.close_former(renewal)
    assert len(bot.teamviewer.open_codes) == 1
    assert await due(bot) == []


async def test_close_while_the_integration_is_off_is_not_forgotten(bot: BotInMemory) -> None:
    renewal = await renewed(bot)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.workflows.services.former.close_former(renewal)
    assert await due(bot) == [renewal]


async def test_account_that_was_given_up_closes_the_session_before_first(bot: BotInMemory) -> None:
    """Until then it is not revoked."""
    renewal = await renewed(bot)
    await bot.send(Logout(sure=True))
    await bot.run_jobs()
    assert bot.teamviewer.revoked == []
    bot.clock.move(minutes=6)
    await bot.run_job(Sweep(up_seconds=0))
    assert await due(bot) == []
    assert renewal
    assert bot.teamviewer.revoked != []


async def test_account_that_is_gone_leaves_nothing_to_try(bot: BotInMemory) -> None:
    renewal = await renewed(bot)
    async with bot.unit_of_work.write() as tx:
        (connection,) = await tx.connections.of_technician(ANA.email)
        await tx.revocations.give_up(connection, bot.clock())
        await tx.revocations.delete(connection)
    with pytest.raises(NotAuthorized):
        await bot.workflows.services.former.close_former(renewal)


async def test_close_that_teamviewer_does_not_answer_is_tried_when_it_asked_for(bot: BotInMemory) -> None:
    renewal = await renewed(bot)
    bot.teamviewer.fail_once("session_status", Unavailable(AWAY.text, retry_after=3600))
    with pytest.raises(Unavailable):
        await bot.workflows.services.former.close_former(renewal)
    assert await due(bot, timedelta(minutes=59)) == []
    assert await due(bot, timedelta(minutes=60)) == [renewal]


async def test_code_that_has_expired_by_now_is_given_up(bot: BotInMemory) -> None:
    await renewed(bot)
    calls = len(bot.teamviewer.calls)
    bot.clock.move(hours=26)
    await bot.workflows.services.former.close_due()
    assert await due(bot) == []
    assert len(bot.teamviewer.calls) == calls


async def test_renewal_that_is_unknown_or_runs_leaves_nothing_to_close(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(OnSession(Verb.RENEW, N))
    (job,) = [one for one in bot.jobs if isinstance(one, RenewSession)]
    calls = len(bot.teamviewer.calls)
    assert await bot.workflows.services.former.close_former(RenewalId("none"))
    assert await bot.workflows.services.former.close_former(job.renewal)
    assert len(bot.teamviewer.calls) == calls
    assert session.code in bot.teamviewer.open_codes


async def test_renewal_that_runs_for_too_long_is_given_up(bot: BotInMemory) -> None:
    session = await bot.open_session()
    stuck = Renewal(RenewalId("stuck"), session.id, ANA.email, bot.clock())
    async with bot.unit_of_work.write() as tx:
        await tx.renewals.begin(stuck)
        await tx.renewals.mark_attempted(stuck.id, "u1", bot.clock())
    await bot.workflows.services.former.abandon_stuck()
    async with bot.unit_of_work.read() as tx:
        assert await tx.renewals.running(bot.clock()) != []
    bot.clock.move(seconds=STUCK_AFTER.total_seconds())
    await bot.workflows.services.former.abandon_stuck()
    async with bot.unit_of_work.read() as tx:
        assert await tx.renewals.running(bot.clock()) == []
    assert await due(bot) == [stuck.id]


async def test_renewal_that_was_given_up_creates_nothing_any_more(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.send(OnSession(Verb.RENEW, N))
    (job,) = [one for one in bot.jobs if isinstance(one, RenewSession)]
    bot.clock.move(seconds=STUCK_AFTER.total_seconds())
    await bot.workflows.services.former.abandon_stuck()
    await bot.run_job(job)
    assert len(bot.teamviewer.created) == 1
    assert LOST
