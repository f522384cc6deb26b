"""What a transfer leaves open at TeamViewer is closed there, whatever breaks meanwhile."""

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory
from support.transfers import accept, newest_transfer, offer, open_session, run_jobs

from bot.commands import Logout
from bot.errors import NotAllowed, Unavailable
from bot.jobs import RevokeConnections, Sweep
from bot.model.session import Session


async def replaced(bot: BotInMemory, *, error: Exception | None = None) -> Session:
    """Let Ben accept a session that TeamViewer does not assign. Return it as it was before."""
    session = await open_session(bot)
    bot.teamviewer.fail_once("assign_session", REFUSED)
    await accept(bot, await offer(bot, session))
    if error is not None:
        bot.teamviewer.fail_once("close_session", error)
    await run_jobs(bot)
    return session


async def test_former_session_is_closed_and_its_reports_are_read(bot: BotInMemory) -> None:
    session = await replaced(bot)
    changed = await bot.session(session.id)
    assert bot.teamviewer.open_codes == {changed.code}
    assert "connection_reports" in bot.teamviewer.calls
    assert not await _is_needed(bot)


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_former_session_that_could_not_be_closed_is_closed_by_the_sweep(
    bot: BotInMemory, error: Exception
) -> None:
    session = await replaced(bot, error=error)
    assert session.code in bot.teamviewer.open_codes
    assert await _is_needed(bot)
    bot.clock.move(minutes=10)
    await bot.run_job(Sweep(up_seconds=0))
    assert session.code not in bot.teamviewer.open_codes
    assert not await _is_needed(bot)


async def test_connection_is_revoked_only_after_the_former_session_was_closed(bot: BotInMemory) -> None:
    session = await replaced(bot, error=REFUSED)
    await bot.send(Logout(sure=True))
    (revoke,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, RevokeConnections)]
    await bot.run_job(revoke)
    assert bot.teamviewer.revoked == []
    bot.clock.move(minutes=10)
    await bot.run_job(Sweep(up_seconds=0))
    assert session.code not in bot.teamviewer.open_codes
    assert len(bot.teamviewer.revoked) == 1


async def test_what_is_left_waits_while_the_integration_is_off_and_is_forgotten_after_a_day(
    bot: BotInMemory,
) -> None:
    session = await replaced(bot, error=REFUSED)
    await bot.switch(integration=False)
    transfer = await newest_transfer(bot)
    with pytest.raises(NotAllowed):
        await bot.workflows.services.leftovers.close_of(transfer.id)
    await bot.switch()
    bot.clock.move(hours=26)
    await bot.workflows.services.leftovers.close_due()
    assert session.code in bot.teamviewer.open_codes, "TeamViewer lets it expire by itself"
    assert not await _is_needed(bot)


async def test_pause_that_teamviewer_asks_for_is_kept(bot: BotInMemory) -> None:
    session = await replaced(bot, error=REFUSED)
    transfer = await newest_transfer(bot)
    bot.teamviewer.fail_once("close_session", Unavailable(AWAY.text, retry_after=3600))
    with pytest.raises(Unavailable):
        await bot.workflows.services.leftovers.close_of(transfer.id)
    bot.clock.move(minutes=10)
    await bot.workflows.services.leftovers.close_due()
    assert session.code in bot.teamviewer.open_codes


async def _is_needed(bot: BotInMemory) -> bool:
    async with bot.unit_of_work.read() as tx:
        return await tx.transfers.needs_account(ANA.email, "u1") or await tx.transfers.needs_account(
            BEN.email, "u2"
        )
