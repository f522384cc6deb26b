"""Sessions that are over here, and that TeamViewer may still have open."""

from datetime import datetime, timedelta

import pytest
from support.bot_in_memory import AWAY, LOST, REFUSED, BotInMemory
from support.fakes.steps import BrokenInside

from bot.commands import Logout
from bot.errors import NotAllowed, NotAuthorized
from bot.i18n import Text
from bot.jobs import Sweep
from bot.model.ids import SessionId
from bot.model.session import ORPHAN_AFTER, Session, State
from bot.workflows.orphaned_sessions import CLOSE_RETRY_AFTER

REASON = Text("It took too long.")


async def orphan(bot: BotInMemory) -> Session:
    """Create a session whose creation gets no answer, so that only TeamViewer knows its code."""
    session = await bot.accept_session()
    bot.teamviewer.fail_once("create_session", LOST)
    await bot.run_jobs()
    assert bot.teamviewer.open_codes != set()
    return await bot.session(session.id)


async def is_due(bot: BotInMemory, at: datetime) -> list[SessionId]:
    """Return the sessions that are due to be closed at a moment."""
    async with bot.unit_of_work.read() as tx:
        return [one.id for one in await tx.sessions.due_to_close(at)]


async def test_orphan_is_found_by_our_id_and_closed(bot: BotInMemory) -> None:
    session = await orphan(bot)
    assert await is_due(bot, bot.clock()) == []
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == set()
    assert await is_due(bot, bot.clock() + timedelta(days=1)) == []
    assert (await bot.session(session.id)).state is State.FAILED


async def test_orphan_that_does_not_exist_is_no_error(bot: BotInMemory) -> None:
    session = await orphan(bot)
    bot.teamviewer.open_codes.clear()
    await bot.workflows.services.orphans.close_orphan(session.id)
    assert "close_session" not in bot.teamviewer.calls
    assert await is_due(bot, bot.clock() + timedelta(days=1)) == []


async def test_session_with_a_code_is_closed_by_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    await bot.workflows.services.orphans.close_orphan(session.id)
    assert bot.teamviewer.open_codes == set()
    assert "find_session" not in bot.teamviewer.calls


@pytest.mark.parametrize("why", ["open", "unknown", "never asked"])
async def test_session_that_is_no_orphan_is_left_alone(bot: BotInMemory, why: str) -> None:
    session_id = SessionId("none")
    if why == "open":
        session_id = (await bot.open_session()).id
    elif why == "never asked":
        accepted = await bot.accept_session()
        await bot.end(accepted.id)
        session_id = accepted.id
    calls = len(bot.teamviewer.calls)
    await bot.workflows.services.orphans.close_orphan(session_id)
    assert len(bot.teamviewer.calls) == calls


@pytest.mark.parametrize(("why", "error"), [("off", NotAllowed), ("disconnected", NotAuthorized)])
async def test_orphan_that_cannot_be_closed_now_is_not_forgotten(
    bot: BotInMemory, why: str, error: type[Exception]
) -> None:
    session = await orphan(bot)
    if why == "off":
        await bot.switch(integration=False)
    else:
        (connection,) = await bot.connections()
        async with bot.unit_of_work.write() as tx:
            await tx.revocations.delete(connection)
    calls = len(bot.teamviewer.calls)
    with pytest.raises(error):
        await bot.workflows.services.orphans.close_orphan(session.id)
    assert len(bot.teamviewer.calls) == calls
    assert await is_due(bot, bot.clock() + CLOSE_RETRY_AFTER) == [session.id]


@pytest.mark.parametrize("call", ["find_session", "close_session"])
@pytest.mark.parametrize("error", [AWAY, REFUSED, BrokenInside()], ids=lambda one: type(one).__name__)
async def test_orphan_whose_close_fails_is_closed_by_a_later_sweep(
    bot: BotInMemory, call: str, error: Exception
) -> None:
    """Whatever broke: TeamViewer was away, refused it, or its answer could not be read."""
    session = await orphan(bot)
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    bot.teamviewer.fail_once(call, error)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes != set()
    assert await is_due(bot, bot.clock()) == []
    assert await is_due(bot, bot.clock() + CLOSE_RETRY_AFTER) == [session.id]
    bot.clock.move(seconds=CLOSE_RETRY_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == set()


async def test_orphan_whose_code_has_expired_is_given_up(bot: BotInMemory) -> None:
    await orphan(bot)
    bot.clock.move(hours=26)
    calls = len(bot.teamviewer.calls)
    await bot.workflows.services.orphans.close_due()
    assert len(bot.teamviewer.calls) == calls
    assert await is_due(bot, bot.clock() + timedelta(days=1)) == []


async def test_connection_is_revoked_only_after_what_it_left_open_is_closed(bot: BotInMemory) -> None:
    await orphan(bot)
    await bot.send(Logout(sure=True))
    await bot.run_jobs()
    assert bot.teamviewer.revoked == []
    bot.clock.move(minutes=6)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == set()
    assert len(bot.teamviewer.revoked) == 1


async def test_session_that_failed_is_closed_at_teamviewer_later(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.unit_of_work.take_jobs()
    await bot.workflows.services.orphans.fail_session(session.id, REASON)
    failed = await bot.session(session.id)
    assert (failed.state, failed.problem) == (State.FAILED, REASON)
    assert await is_due(bot, bot.clock() + ORPHAN_AFTER) == [session.id]


async def test_session_that_opened_meanwhile_does_not_fail(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.workflows.services.orphans.fail_session(session.id, REASON)
    assert (await bot.session(session.id)).state is State.WAITING
    assert bot.jobs == []
    assert await is_due(bot, bot.clock() + timedelta(days=1)) == []


async def test_session_that_is_gone_does_not_fail(bot: BotInMemory) -> None:
    await bot.workflows.services.orphans.fail_session(SessionId("none"), REASON)
    assert bot.jobs == []
