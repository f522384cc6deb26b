"""Withdraw offers of sessions: when their technician asks for it, and when a session ends."""

from bot.jobs import TellOfTransfer
from bot.model.ids import SessionId
from bot.model.transfer import Transfer, TransferNews, TransferState
from bot.unit_of_work import Transaction


async def enqueue_news(transfer: Transfer, news: TransferNews, tx: Transaction) -> None:
    """Enqueue the message about a transfer to one of its people, once."""
    await tx.enqueue(TellOfTransfer(transfer.id, news), key=f"transfer:{transfer.id}:{news}")


async def withdraw_offer(offer: Transfer, tx: Transaction) -> bool:
    """Withdraw an offer, and tell the colleague. False where it is answered already."""
    withdrawn = offer.settled(TransferState.WITHDRAWN)
    is_withdrawn = await tx.transfers.save(withdrawn, known_state=TransferState.OFFERED)
    if is_withdrawn:
        await enqueue_news(offer, TransferNews.WITHDRAWN, tx)
    return is_withdrawn


async def withdraw_offer_of(session_id: SessionId, tx: Transaction) -> None:
    """Withdraw the offer of a session that ends, if there is one."""
    offer = await tx.transfers.running_of(session_id)
    if offer is not None:
        await withdraw_offer(offer, tx)
