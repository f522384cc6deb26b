"""Transfers of sessions in unit tests."""

from support.bot_in_memory import ANA, BEN, PRIVATE, BotInMemory

from bot.commands import AnswerOffer, Transfer
from bot.model.session import Session
from bot.model.technician import Technician
from bot.model.transfer import Transfer as StoredTransfer
from bot.views.pages import Message

BENS_ACCOUNT = "u2"


async def open_session(bot: BotInMemory) -> Session:
    """Create a session of Ana's, and connect Ben."""
    await bot.connect(BEN, BENS_ACCOUNT)
    session = await bot.open_session()
    bot.unit_of_work.take_jobs()
    return session


async def newest_transfer(bot: BotInMemory) -> StoredTransfer:
    """Return the transfer that was stored last."""
    return list(bot.unit_of_work._data.transfers.values())[-1].transfer


async def offer(bot: BotInMemory, session: Session, *, by: Technician = ANA) -> StoredTransfer:
    """Offer a session to Ben and run every job but the one that ends the offer."""
    await bot.send(Transfer(session.id, BEN.email), by)
    await run_jobs(bot)
    return await newest_transfer(bot)


async def accept(bot: BotInMemory, transfer: StoredTransfer, *, key: str = "accept") -> None:
    """Let Ben accept an offer in his private chat. The job at TeamViewer is enqueued."""
    await bot.send(AnswerOffer(transfer.id, accepts=True), BEN, PRIVATE, key=key)


async def hand_over(bot: BotInMemory) -> Session:
    """Create a session of Ana's and hand it over to Ben. Return it."""
    session = await open_session(bot)
    await accept(bot, await offer(bot, session))
    await run_jobs(bot)
    return await bot.session(session.id)


async def run_jobs(bot: BotInMemory) -> None:
    """Run every job that is enqueued, but those that end an offer: their time has not come."""
    while queued := bot.unit_of_work.take_jobs():
        for one in queued:
            if one.job.tag != "expire_offer":
                await bot.run_job(one.job, key=one.key)


async def message_of_offer(bot: BotInMemory, transfer: StoredTransfer) -> Message:
    """Return the message of an offer as it is shown now."""
    async with bot.unit_of_work.read() as tx:
        stored = await tx.transfers.offer_message(transfer.id)
    assert stored is not None
    (view,) = [
        view for place, view in bot.slack.messages.items() if (place.channel, place.message) == stored.place
    ]
    assert isinstance(view, Message)
    return view
