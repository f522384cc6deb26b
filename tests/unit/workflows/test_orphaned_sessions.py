"""Sessions that could not be created."""

import pytest
from support.bot_in_memory import AWAY, REFUSED, BotInMemory

from bot.commands import Logout
from bot.i18n import Text
from bot.jobs import CloseOrphan
from bot.model.ids import SessionId
from bot.model.session import Session, State

REASON = Text("It took too long.")


async def orphan(bot: BotInMemory) -> Session:
    """Create a session, and end it here alone."""
    session = await bot.open_session()
    await bot.end(session.id)
    bot.unit_of_work.take_jobs()
    return session


async def test_orphan_is_found_by_our_id_and_closed(bot: BotInMemory) -> None:
    session = await orphan(bot)
    await bot.run_job(CloseOrphan(session.id))
    assert bot.teamviewer.open_codes == set()


async def test_orphan_that_does_not_exist_is_no_error(bot: BotInMemory) -> None:
    session = await orphan(bot)
    bot.teamviewer.open_codes.clear()
    await bot.run_job(CloseOrphan(session.id))
    assert "close_session" not in bot.teamviewer.calls


@pytest.mark.parametrize("why", ["open", "unknown", "off", "never asked", "disconnected"])
async def test_session_that_is_no_orphan_is_left_alone(bot: BotInMemory, why: str) -> None:
    session_id = SessionId("none")
    if why == "open":
        session_id = (await bot.open_session()).id
    elif why == "never asked":
        accepted = await bot.accept_session()
        await bot.end(accepted.id)
        session_id = accepted.id
    elif why in {"off", "disconnected"}:
        session_id = (await orphan(bot)).id
        if why == "off":
            await bot.switch(integration=False)
        else:
            await bot.send(Logout())
    calls = len(bot.teamviewer.calls)
    await bot.run_job(CloseOrphan(session_id))
    assert len(bot.teamviewer.calls) == calls


@pytest.mark.parametrize("call", ["find_session", "close_session"])
async def test_orphan_that_cannot_be_closed_is_left_to_the_engine(bot: BotInMemory, call: str) -> None:
    session = await orphan(bot)
    for error in (AWAY, REFUSED):
        bot.teamviewer.fail_once(call, error)
        with pytest.raises(type(error)):
            await bot.workflows._orphans.close_orphan(session.id)


async def test_session_that_failed_is_looked_for_at_teamviewer_later(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    await bot.workflows._orphans.fail_session(session.id, REASON)
    failed = await bot.session(session.id)
    assert (failed.state, failed.problem) == (State.FAILED, REASON)
    assert CloseOrphan(session.id) in bot.jobs


async def test_session_that_opened_meanwhile_does_not_fail(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.workflows._orphans.fail_session(session.id, REASON)
    assert (await bot.session(session.id)).state is State.WAITING
    assert bot.jobs == []


async def test_session_that_is_gone_does_not_fail(bot: BotInMemory) -> None:
    await bot.workflows._orphans.fail_session(SessionId("none"), REASON)
    assert bot.jobs == []
