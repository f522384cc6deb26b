"""Find out who is meant, store the offer, and send its messages."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, REFUSED, BotInMemory, N, actor_of
from support.fakes.chat import Answer
from support.transfers import newest_transfer, offer, open_session, run_jobs

from bot.commands import Transfer
from bot.jobs import ExpireOffer, MoveSession, TellOfTransfer
from bot.model.ids import Email
from bot.model.transfer import OFFERED_FOR, TransferNews, TransferState
from bot.views.pages import Message, View


def private_messages(bot: BotInMemory) -> list[str]:
    """Return the private messages in both chats."""
    shown = [*bot.slack.messages.values(), *bot.teams.messages.values()]
    return [str(one.text) for one in shown if isinstance(one, Message)]


def said(answer: Answer) -> str:
    view: View = answer.view
    assert isinstance(view, Message)
    return str(view.text)


async def test_offer_reaches_the_colleague_and_its_maker_reads_until_when(bot: BotInMemory) -> None:
    session = await open_session(bot)
    await bot.send(Transfer(N, actor_of(BEN).user))
    await run_jobs(bot)
    transfer = await newest_transfer(bot)
    assert (transfer.former.email, transfer.to.email) == (ANA.email, BEN.email)
    assert transfer.state is TransferState.OFFERED
    assert any("would like to hand the session" in one for one in private_messages(bot))
    assert "is offered to Ben" in said(bot.answers[-1])
    assert not (await bot.session(session.id)).is_moving


@pytest.mark.parametrize(
    ("user", "why"),
    [
        (ANA.email, "is with Ana already"),
        ("nobody@example.com", "only technicians of ServiceDesk Plus can"),
        ("bén@example.com", "other than plain letters"),
        ("UNOBODY", "does not know"),
    ],
)
async def test_offer_to_somebody_who_cannot_take_it_is_refused(bot: BotInMemory, user: str, why: str) -> None:
    await open_session(bot)
    if user == "UNOBODY":
        bot.slack.fail_once("profile", REFUSED)
        why = "It said no."
    await bot.send(Transfer(N, user))
    await run_jobs(bot)
    assert why in said(bot.answers[-1])


async def test_technician_whom_the_bot_has_not_met_cannot_be_reached(bot: BotInMemory) -> None:
    await open_session(bot)
    bot.servicedesk.names["cleo@example.com"] = "Cleo"
    bot.clock.move(minutes=11)
    await bot.send(Transfer(N, Email("cleo@example.com")))
    await run_jobs(bot)
    assert "Cleo has not used the bot yet" in said(bot.answers[-1])


async def test_new_offer_withdraws_the_one_before(bot: BotInMemory) -> None:
    session = await open_session(bot)
    first = await offer(bot, session)
    await bot.send(Transfer(N, ADA.email))
    await run_jobs(bot)
    async with bot.unit_of_work.read() as tx:
        earlier = await tx.transfers.get(first.id)
        running = await tx.transfers.running_of(session.id)
    assert earlier is not None
    assert earlier.state is TransferState.WITHDRAWN
    assert running is not None
    assert running.to.email == ADA.email
    assert any("no longer offered to you" in one for one in private_messages(bot))


async def test_job_that_runs_twice_stores_one_offer(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email))
    (job,) = bot.jobs
    for _run in range(2):
        await bot.run_job(job)
    assert len(bot.unit_of_work._data.transfers) == 1
    assert [one.delay_seconds for one in bot.queue if isinstance(one.job, ExpireOffer)] == [
        int(OFFERED_FOR.total_seconds()) + 2
    ]


async def test_sdadmin_begins_the_move_and_needs_an_account_to_move_it_to(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(Transfer(N, BEN.email), ADA)
    await run_jobs(bot)
    assert "has not connected a TeamViewer account" in said(bot.answers[-1])
    await bot.connect(BEN, "u2")
    await bot.send(Transfer(N, BEN.email), ADA)
    (job,) = bot.unit_of_work.take_jobs()
    await bot.run_job(job.job)
    assert (await bot.session(session.id)).moving_to == "Ben"
    assert any(isinstance(one, MoveSession) for one in bot.jobs)


async def test_offer_that_nobody_answers_ends(bot: BotInMemory) -> None:
    transfer = await offer(bot, await open_session(bot))
    for _run in range(2):
        await bot.run_job(ExpireOffer(transfer.id))
    told = bot.unit_of_work.take_jobs()
    assert [getattr(one.job, "news", None) for one in told] == [TransferNews.EXPIRED, TransferNews.SETTLED]
    await bot.run_job(told[0].job)
    assert any("has not answered within an hour" in one for one in private_messages(bot))


async def test_offer_that_no_chat_takes_is_reported_to_its_maker(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email))
    for chat in (bot.slack, bot.teams):
        chat.fail_once("post_private", REFUSED)
    await run_jobs(bot)
    assert (await newest_transfer(bot)).state is TransferState.FAILED
    assert "could not be reached in chat" in said(bot.answers[-1])


async def test_offer_that_was_withdrawn_before_its_message_is_not_sent(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    before = len(private_messages(bot))
    async with bot.unit_of_work.write() as tx:
        await tx.transfers.save(transfer.settled(TransferState.WITHDRAWN), known_state=TransferState.OFFERED)
    await bot.run_job(TellOfTransfer(transfer.id, TransferNews.OFFER))
    await bot.run_job(TellOfTransfer(transfer.id, TransferNews.RECEIVED))
    assert len(private_messages(bot)) == before
