"""The message of an offer is sent once, and loses its buttons once the offer is settled."""

from collections.abc import Awaitable, Callable

import pytest
from support.bot_in_memory import BEN, LOST, PRIVATE, BotInMemory, N
from support.transfers import accept, message_of_offer, newest_transfer, offer, open_session, run_jobs

from bot.commands import AnswerOffer, Transfer, WithdrawOffer
from bot.i18n import Language
from bot.jobs import ExpireOffer, TellOfTransfer
from bot.model.transfer import Transfer as StoredTransfer
from bot.model.transfer import TransferNews
from bot.views.pages import Message

Settle = Callable[[BotInMemory, StoredTransfer], Awaitable[object]]


async def decline(bot: BotInMemory, transfer: StoredTransfer) -> None:
    await bot.send(AnswerOffer(transfer.id, accepts=False), BEN, PRIVATE)


async def withdraw(bot: BotInMemory, _transfer: StoredTransfer) -> None:
    await bot.send(WithdrawOffer(N))


async def expire(bot: BotInMemory, transfer: StoredTransfer) -> None:
    await bot.run_job(ExpireOffer(transfer.id))


def offers_shown(bot: BotInMemory) -> int:
    """Return how many messages in both chats can be accepted."""
    shown = [*bot.slack.messages.values(), *bot.teams.messages.values()]
    return sum(
        isinstance(button.command, AnswerOffer) and button.command.accepts
        for one in shown
        if isinstance(one, Message)
        for button in one.buttons
        if hasattr(button, "command")
    )


@pytest.mark.parametrize(
    ("settle", "says"),
    [
        (accept, "You accepted the session for request #101 from Ana."),
        (decline, "You declined the session for request #101."),
        (withdraw, "The session for request #101 is no longer offered to you."),
        (expire, "The offer of the session for request #101 is over. Nobody answered it in time."),
    ],
)
async def test_settled_offer_says_what_became_of_it_and_has_no_buttons(
    bot: BotInMemory, settle: Settle, says: str
) -> None:
    transfer = await offer(bot, await open_session(bot))
    assert (await message_of_offer(bot, transfer)).buttons
    await settle(bot, transfer)
    await run_jobs(bot)
    view = await message_of_offer(bot, transfer)
    assert Language("en").say(view.text) == says
    assert not view.buttons
    assert offers_shown(bot) == 0


async def test_accepted_offer_of_a_session_that_did_not_change_hands_says_so(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await accept(bot, transfer)
    await bot.end(session.id)
    await run_jobs(bot)
    text = Language("en").say((await message_of_offer(bot, transfer)).text)
    assert text == "The session for request #101 was not handed over, and stays with Ana."


async def test_message_whose_answer_was_lost_is_found_and_not_sent_again(bot: BotInMemory) -> None:
    await open_session(bot)
    await bot.send(Transfer(N, BEN.email))
    bot.slack.fail_once("post_private", LOST)
    await run_jobs(bot)
    assert offers_shown(bot) == 1
    transfer = await newest_transfer(bot)
    await decline(bot, transfer)
    await run_jobs(bot)
    assert offers_shown(bot) == 0


async def test_message_that_was_sent_is_not_sent_again(bot: BotInMemory) -> None:
    transfer = await offer(bot, await open_session(bot))
    await bot.run_job(TellOfTransfer(transfer.id, TransferNews.OFFER))
    assert offers_shown(bot) == 1


async def test_message_that_was_sent_and_not_stored_loses_its_buttons_after_a_withdrawal(
    bot: BotInMemory,
) -> None:
    """The process died between the message and its record, and the offer was withdrawn before the next try."""
    transfer = await offer(bot, await open_session(bot))
    bot.unit_of_work._data.transfers[transfer.id].offer_message = None
    await withdraw(bot, transfer)
    await run_jobs(bot)
    assert offers_shown(bot) == 1
    await bot.run_job(TellOfTransfer(transfer.id, TransferNews.OFFER))
    await run_jobs(bot)
    assert offers_shown(bot) == 0
