"""Changes of a session and of its offer while outside systems are asked are not lost."""

import asyncio

from support.bot_in_memory import ADA, ANA, BEN, REFUSED, BotInMemory, N
from support.transfers import accept, message_of_offer, newest_transfer, offer, open_session, run_jobs

from bot.commands import AnswerOffer, Logout, OnSession, Transfer, Verb, WithdrawOffer
from bot.jobs import ExpireOffer, Sweep
from bot.model.session import State
from bot.model.transfer import TransferNews, TransferState


async def test_session_that_ends_while_the_colleague_is_looked_up_is_not_offered(bot: BotInMemory) -> None:
    session = await open_session(bot)
    bot.servicedesk.before_return["technicians"] = lambda: bot.end(session.id)
    bot.clock.move(minutes=11)
    await bot.send(Transfer(N, BEN.email))
    await run_jobs(bot)
    assert bot.unit_of_work._data.transfers == {}


async def test_technician_who_loses_the_session_while_the_colleague_is_looked_up_offers_nothing(
    bot: BotInMemory,
) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)

    async def hand_it_to_ben() -> None:
        await accept(bot, transfer)
        await run_jobs(bot)

    bot.servicedesk.before_return["technicians"] = hand_it_to_ben
    bot.clock.move(minutes=11)
    await bot.send(Transfer(N, ADA.email))
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email
    assert len(bot.unit_of_work._data.transfers) == 1


async def test_session_that_ends_while_it_is_assigned_is_closed_in_the_new_account(bot: BotInMemory) -> None:
    session = await open_session(bot)
    await accept(bot, await offer(bot, session))
    bot.teamviewer.before_return["assign_session"] = lambda: bot.end(session.id)
    await run_jobs(bot)
    changed = await bot.session(session.id)
    assert (changed.state, changed.technician) == (State.ENDED, ANA.email)
    assert bot.teamviewer.open_codes == set()
    assert (await newest_transfer(bot)).state is TransferState.FAILED


async def test_session_that_ends_while_it_is_replaced_leaves_nothing_open(bot: BotInMemory) -> None:
    session = await open_session(bot)
    bot.teamviewer.fail_once("assign_session", REFUSED)
    await accept(bot, await offer(bot, session))

    async def end() -> None:
        await bot.send(OnSession(Verb.END, session.id))

    bot.teamviewer.before_return["create_session"] = end
    await run_jobs(bot)
    assert (await bot.session(session.id)).state is State.ENDED
    assert bot.teamviewer.open_codes == set()


async def test_sweep_that_asked_about_the_former_account_does_not_end_the_session(bot: BotInMemory) -> None:
    """TeamViewer no longer shows the session to the former account. That must not count as its end."""
    session = await open_session(bot)
    transfer = await offer(bot, session)
    assert session.code is not None
    bot.teamviewer.unlisted.add(session.code)
    bot.teamviewer.open_codes.discard(session.code)

    async def move_it() -> None:
        assert session.code is not None
        bot.teamviewer.open_codes.add(session.code)
        await accept(bot, transfer)
        await run_jobs(bot)

    bot.teamviewer.before_return["session_status"] = move_it
    await bot.run_job(Sweep(up_seconds=0))
    changed = await bot.session(session.id)
    assert (changed.state, changed.technician) == (State.WAITING, BEN.email)


async def test_sweep_does_not_end_a_session_that_is_being_moved(bot: BotInMemory) -> None:
    session = await open_session(bot)
    await accept(bot, await offer(bot, session))
    assert session.code is not None
    bot.teamviewer.open_codes.discard(session.code)
    await bot.run_job(Sweep(up_seconds=0))
    assert (await bot.session(session.id)).state is State.WAITING


async def test_logout_of_the_former_technician_during_the_move_stops_nothing(bot: BotInMemory) -> None:
    session = await open_session(bot)
    await accept(bot, await offer(bot, session))

    async def log_out() -> None:
        await bot.send(Logout(sure=True))

    bot.teamviewer.before_return["assign_session"] = log_out
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email


async def test_two_accept_at_the_same_moment_and_one_move_is_made(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await asyncio.gather(*(accept(bot, transfer, key=key) for key in ("slack", "teams")))
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email
    assert bot.teamviewer.calls.count("assign_session") == 1


async def test_offer_that_is_accepted_while_its_end_is_due_is_accepted(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await accept(bot, transfer)
    await bot.run_job(ExpireOffer(transfer.id))
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email


async def test_offer_that_is_declined_while_its_message_fails_stays_declined(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email))
    for chat in (bot.slack, bot.teams):
        chat.fail_once("post_private", REFUSED)

    async def decline() -> None:
        transfer = await newest_transfer(bot)
        await bot.send(AnswerOffer(transfer.id, accepts=False), BEN)

    bot.slack.before_return["post_private"] = decline
    await run_jobs(bot)
    assert (await newest_transfer(bot)).state is TransferState.DECLINED


async def test_offer_that_is_settled_while_its_message_is_sent_keeps_no_buttons(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email))

    async def withdraw_now() -> None:
        await bot.send(WithdrawOffer(N))
        # The job of the withdrawal runs before the place of the message is known.
        for one in bot.unit_of_work.take_jobs():
            if getattr(one.job, "news", None) is TransferNews.SETTLED:
                await bot.run_job(one.job)

    bot.slack.before_return["post_private"] = withdraw_now
    await run_jobs(bot)
    assert not (await message_of_offer(bot, await newest_transfer(bot))).buttons
