"""Changes of a session while TeamViewer is asked for its renewal are not lost."""

import asyncio

import pytest
from support.bot_in_memory import ADA, BotInMemory, N, expect_current_cards

from bot.commands import OnSession, Verb
from bot.jobs import EndSession, RenewSession, Sweep
from bot.model.ids import RenewalId
from bot.model.session import ORPHAN_AFTER, Session, State

RENEW, END = OnSession(Verb.RENEW, N), OnSession(Verb.END, N)


async def accept(bot: BotInMemory) -> RenewSession:
    """Accept a renewal, and return its job instead of running it."""
    await bot.send(RENEW)
    (job,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, RenewSession)]
    return job


async def expect_only_ended(bot: BotInMemory, session: Session) -> None:
    """Expect that the session is over, and that nothing is left open at TeamViewer."""
    await bot.run_jobs()
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()
    await expect_current_cards(bot, session.id)


@pytest.mark.parametrize("call", ["session_status", "create_session"])
async def test_session_whose_end_is_asked_for_during_its_renewal_ends(bot: BotInMemory, call: str) -> None:
    session = await bot.open_session()
    job = await accept(bot)

    async def end() -> None:
        await bot.send(END)

    bot.teamviewer.before_return[call] = end
    await bot.run_job(job)
    assert (await bot.session(session.id)).former_codes == ()
    await expect_only_ended(bot, session)


async def test_session_that_ends_while_teamviewer_creates_its_new_one_is_not_renewed(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    job = await accept(bot)
    bot.teamviewer.before_return["create_session"] = lambda: bot.end(session.id)
    await bot.run_job(job)
    assert (await bot.session(session.id)).former_codes == ()
    bot.teamviewer.open_codes.discard(session.code)
    await expect_only_ended(bot, session)


async def test_session_that_ends_while_the_one_before_is_closed_stays_ended(bot: BotInMemory) -> None:
    session = await bot.open_session()
    job = await accept(bot)

    async def end() -> None:
        await bot.send(END)

    bot.teamviewer.before_return["close_session"] = end
    await bot.run_job(job)
    await expect_only_ended(bot, session)


async def test_end_that_was_asked_for_before_the_renewal_runs_counts(bot: BotInMemory) -> None:
    session = await bot.open_session()
    job = await accept(bot)
    await bot.send(END, ADA)
    await bot.run_job(job)
    assert len(bot.teamviewer.created) == 1
    await expect_only_ended(bot, session)


async def test_end_that_runs_after_the_renewal_closes_the_new_session(bot: BotInMemory) -> None:
    """The job of the end reads the code when it runs."""
    session = await bot.open_session()
    await bot.finish_job(await accept(bot))
    await bot.send(END)
    (end,) = [one for one in bot.jobs if isinstance(one, EndSession)]
    assert end.session == session.id
    await expect_only_ended(bot, session)


async def test_requester_who_comes_while_teamviewer_creates_the_new_session_stays(bot: BotInMemory) -> None:
    """A round notices them meanwhile. So they are not moved, and the unused session is closed."""
    session = await bot.open_session()
    job = await accept(bot)
    assert session.code is not None
    code = session.code

    async def come() -> None:
        bot.teamviewer.online.add(code)
        await bot.run_job(Sweep(up_seconds=0))

    bot.teamviewer.before_return["create_session"] = come
    await bot.finish_job(job)
    now = await bot.session(session.id)
    assert (now.code, now.state) == (code, State.PRESENT)
    bot.clock.move(seconds=ORPHAN_AFTER.total_seconds())
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.open_codes == {code}


async def test_session_ended_while_its_renewal_is_withheld_stays_ended(bot: BotInMemory) -> None:
    """The process stops, so the call never left."""
    session = await bot.open_session()
    job = await accept(bot)

    async def end() -> None:
        await bot.send(END)

    bot.teamviewer.before_return["create_session"] = end
    bot.teamviewer.fail_once("create_session", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    await bot.run_job(job)
    assert len(bot.teamviewer.created) == 1
    await expect_only_ended(bot, session)


async def test_session_before_that_another_process_closes_meanwhile_is_closed_once_more(
    bot: BotInMemory,
) -> None:
    """To close it twice is harmless."""
    session = await bot.open_session()
    job = await accept(bot)

    async def close_too() -> None:
        await bot.workflows.services.former.close_former(RenewalId(job.renewal))

    bot.teamviewer.before_return["close_session"] = close_too
    await bot.finish_job(job)
    assert bot.teamviewer.open_codes == {(await bot.session(session.id)).code}
    async with bot.unit_of_work.read() as tx:
        assert await tx.renewals.running(bot.clock()) == []
