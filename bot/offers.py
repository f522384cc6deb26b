"""Offers of sessions: the messages about them, and their withdrawal by their technician or by the end of the session."""

from bot.jobs import TellOfTransfer
from bot.model.ids import SessionId
from bot.model.transfer import Transfer, TransferNews, TransferState
from bot.unit_of_work import Transaction


async def enqueue_news(transfer: Transfer, news: TransferNews, tx: Transaction) -> None:
    """Enqueue the message about a transfer to one of its people, once."""
    await tx.enqueue(TellOfTransfer(transfer.id, news), key=f"transfer:{transfer.id}:{news}")


async def enqueue_settled(transfer: Transfer, tx: Transaction, *, again: bool = False) -> None:
    """Enqueue what replaces the buttons of an offer that has its last answer, once for each of its states.

    ``again``: its message was not known yet the first time.
    """
    key = f"transfer:{transfer.id}:{TransferNews.SETTLED}:{transfer.state}"
    await tx.enqueue(TellOfTransfer(transfer.id, TransferNews.SETTLED), key=f"{key}:again" if again else key)


async def withdraw_offer(offer: Transfer, tx: Transaction) -> bool:
    """Withdraw an offer. The colleague sees that on its message. False where it is answered already."""
    withdrawn = offer.settled(TransferState.WITHDRAWN)
    is_withdrawn = await tx.transfers.save(withdrawn, known_state=TransferState.OFFERED)
    if is_withdrawn:
        await enqueue_settled(withdrawn, tx)
    return is_withdrawn


async def withdraw_offer_of(session_id: SessionId, tx: Transaction) -> None:
    """Withdraw the offer of a session that ends, if there is one."""
    offer = await tx.transfers.running_of(session_id)
    if offer is not None:
        await withdraw_offer(offer, tx)
