"""Offer a session, open the form, withdraw, accept and decline."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, N
from support.transfers import accept, hand_over, newest_transfer, offer, open_session

from bot.commands import AnswerOffer, OnSession, OpenTransferForm, Transfer, Verb, WithdrawOffer
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.jobs import MoveSession, OfferSession, TellOfTransfer
from bot.model.transfer import TransferNews, TransferState
from bot.views.pages import Choice
from bot.views.transfer_form import TransferForm


async def test_session_is_offered_by_its_technician_alone(bot: BotInMemory) -> None:
    session = await open_session(bot)
    for reference in (N, session.id):
        with pytest.raises(NotAllowed, match="belongs to"):
            await bot.send(Transfer(reference, ANA.email), BEN)
        with pytest.raises(NotAllowed, match="belongs to"):
            await bot.send(OpenTransferForm(reference), BEN)
    await bot.send(Transfer(N, BEN.email))
    (job,) = bot.jobs
    assert isinstance(job, OfferSession)
    assert (job.session, job.user) == (session.id, BEN.email)


async def test_form_says_to_an_sdadmin_that_the_session_moves_at_once(bot: BotInMemory) -> None:
    session = await open_session(bot)
    assert await bot.send(OpenTransferForm(N)) == TransferForm(session.id, N, moves=False)
    assert await bot.send(OpenTransferForm(N), ADA) == TransferForm(session.id, N, moves=True)


async def test_one_of_several_sessions_is_chosen(bot: BotInMemory) -> None:
    first = await open_session(bot)
    second = await bot.open_session(another=True)
    for command in (Transfer(N, BEN.email), OpenTransferForm(N)):
        view = await bot.send(command)
        assert isinstance(view, Choice)
        assert {button.command.__class__ for _row, button in view.rows} == {type(command)}
        assert len(view.rows) == 2
    assert first.id != second.id


async def test_session_that_is_over_or_not_created_yet_is_not_offered(bot: BotInMemory) -> None:
    accepted = await bot.accept_session()
    with pytest.raises(NotAllowed, match="still being created"):
        await bot.send(Transfer(N, BEN.email))
    await bot.run_jobs()
    await bot.end(accepted.id)
    for reference in (N, accepted.id):
        with pytest.raises(NotFound):
            await bot.send(Transfer(reference, BEN.email))
    with pytest.raises(NotFound, match="No open session has the code"):
        await bot.send(Transfer("s12345678", BEN.email))


async def test_accepted_offer_lets_nobody_enter_until_the_session_has_moved(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await accept(bot, transfer)
    assert MoveSession(transfer.id) in bot.jobs
    assert (await newest_transfer(bot)).state is TransferState.MOVING
    assert (await bot.session(session.id)).is_moving
    with pytest.raises(NotAllowed, match="being handed over to Ben"):
        await bot.send(OnSession(Verb.ENTER, N))
    with pytest.raises(NotAllowed, match="being handed over to Ben"):
        await bot.send(Transfer(N, BEN.email))


async def test_offer_that_is_accepted_twice_is_moved_once(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    for key in ("in slack", "in teams"):
        await accept(bot, transfer, key=key)
    assert bot.jobs.count(MoveSession(transfer.id)) == 1


async def test_offer_is_answered_by_the_colleague_alone(bot: BotInMemory) -> None:
    transfer = await offer(bot, await open_session(bot))
    for accepts in (True, False):
        with pytest.raises(NotAllowed, match="This offer is for"):
            await bot.send(AnswerOffer(transfer.id, accepts=accepts), ADA)
    with pytest.raises(NotFound, match="Nobody offers you"):
        await bot.send(AnswerOffer(N, accepts=True), ADA)
    with pytest.raises(NotFound):
        await bot.send(AnswerOffer("unknown", accepts=True), BEN)
    await bot.send(AnswerOffer(N, accepts=True), BEN)
    assert (await newest_transfer(bot)).state is TransferState.MOVING


async def test_colleague_without_an_account_connects_it_first(bot: BotInMemory) -> None:
    session = await bot.open_session()
    transfer = await offer(bot, session)
    with pytest.raises(NotAuthorized, match="connect your TeamViewer account first"):
        await bot.send(AnswerOffer(transfer.id, accepts=True), BEN)
    assert (await newest_transfer(bot)).state is TransferState.OFFERED


async def test_offer_ends_after_an_hour(bot: BotInMemory) -> None:
    transfer = await offer(bot, await open_session(bot))
    bot.clock.move(minutes=60)
    with pytest.raises(NotFound, match="is over"):
        await bot.send(AnswerOffer(transfer.id, accepts=True), BEN)
    assert transfer.expires_at - transfer.offered_at == timedelta(hours=1)


async def test_declined_offer_is_reported_once(bot: BotInMemory) -> None:
    transfer = await offer(bot, await open_session(bot))
    await bot.send(AnswerOffer(transfer.id, accepts=False), BEN)
    assert sorted(bot.jobs, key=str) == [
        TellOfTransfer(transfer.id, news) for news in (TransferNews.DECLINED, TransferNews.SETTLED)
    ]
    with pytest.raises(NotFound):
        await bot.send(AnswerOffer(transfer.id, accepts=False), BEN)


async def test_offer_is_withdrawn_unless_it_was_accepted(bot: BotInMemory) -> None:
    session = await open_session(bot)
    with pytest.raises(NotFound, match="not offered to anybody"):
        await bot.send(WithdrawOffer(N))
    transfer = await offer(bot, session)
    await bot.send(WithdrawOffer(N))
    assert bot.jobs == [TellOfTransfer(transfer.id, TransferNews.SETTLED)]
    bot.unit_of_work.take_jobs()
    bot.clock.move(minutes=1)
    await accept(bot, await offer(bot, session))
    with pytest.raises(NotAllowed, match="has accepted"):
        await bot.send(WithdrawOffer(N))


async def test_end_withdraws_the_offer(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await bot.send(OnSession(Verb.END, session.id))
    assert TellOfTransfer(transfer.id, TransferNews.SETTLED) in bot.jobs
    with pytest.raises(NotFound, match="is over, and so is this offer"):
        await bot.send(AnswerOffer(transfer.id, accepts=True), BEN)


async def test_new_technician_may_hand_it_over_again_and_the_former_may_not(bot: BotInMemory) -> None:
    session = await hand_over(bot)
    with pytest.raises(NotAllowed, match="belongs to"):
        await bot.send(Transfer(session.id, ADA.email), ANA)
    await bot.send(Transfer(session.id, ANA.email), BEN)
    assert isinstance(bot.jobs[-1], OfferSession)
