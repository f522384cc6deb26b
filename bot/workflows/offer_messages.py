"""The message of an offer: sent once to the colleague, and without buttons once the offer is settled."""

from collections.abc import Mapping

from bot.attempts import attempting
from bot.model.ids import TransferId
from bot.model.private_message import PrivateMessage
from bot.model.session import Session
from bot.model.technician import Platform
from bot.model.transfer import Transfer, TransferNews
from bot.offers import enqueue_settled
from bot.ports import Chat, Clock, Posted
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.transfer import settled_offer, transfer_message
from bot.workflows.replies import Replies


class OfferMessenger:
    """Sends the messages of offers, and replaces their buttons by what became of them."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        replies: Replies,
        chats: Mapping[Platform, Chat],
        language: str,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._replies = replies
        self._chats = chats
        self._language = language
        self._clock = clock

    async def send(self, offer: Transfer, session: Session) -> None:
        """Send the message with the buttons, unless an earlier try did. Raises Unavailable, Rejected (no chat takes it)."""
        async with self._unit_of_work.read() as tx:
            is_connected = await tx.connections.active(offer.to.email) is not None
            if await tx.transfers.offer_message(offer.id) is not None:
                return
        view = transfer_message(offer, session, TransferNews.OFFER, is_connected=is_connected)
        await self._store(offer.id, await self._send_once(offer, view))

    async def _send_once(self, offer: Transfer, view: Message) -> PrivateMessage:
        since = self._clock()

        async def mark() -> bool:
            nonlocal since
            async with self._unit_of_work.write() as tx:
                before = await tx.transfers.mark_offer_attempted(offer.id, since)
            since = before or since
            return before is not None

        async def take_back() -> None:
            async with self._unit_of_work.write() as tx:
                await tx.transfers.unmark_offer_attempted(offer.id)

        async with attempting(mark, take_back) as was_marked:
            marker = _marker(offer)
            found = (
                await self._replies.find_message(offer.to.email, marker=marker, since=since)
                if was_marked
                else None
            )
            return found or await self._replies.message_person(offer.to.email, view, marker=marker)

    async def find_unstored(self, settled: Transfer) -> None:
        """Store the message that an earlier try sent and could not store, so that its buttons are replaced. Raises Unavailable."""
        async with self._unit_of_work.read() as tx:
            if await tx.transfers.offer_message(settled.id) is not None:
                return
        marker, since = _marker(settled), settled.offered_at
        found = await self._replies.find_message(settled.to.email, marker=marker, since=since)
        if found is not None:
            await self._store(settled.id, found)

    async def _store(self, transfer_id: TransferId, message: PrivateMessage) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.transfers.store_offer_message(transfer_id, message)
            now = await tx.transfers.get(transfer_id)
            # It may have been settled while its message was on the way: then nothing was there to be replaced.
            if now is not None and not now.is_open(self._clock()):
                await enqueue_settled(now, tx, again=True)

    async def replace_buttons(self, settled: Transfer, session: Session) -> None:
        """Show on the message what became of the offer. Raises Unavailable, Rejected."""
        async with self._unit_of_work.read() as tx:
            message = await tx.transfers.offer_message(settled.id)
            profile = await tx.people.profile(message.actor) if message else None
        if message is None or message.actor.platform not in self._chats:
            return
        reader = Reader.of(profile[0] if profile else None, self._language)
        posted = Posted(message.channel, message.message)
        chat = self._chats[message.actor.platform]
        await chat.update_message(
            message.actor.tenant, posted, settled_offer(settled, session.number), reader
        )


def _marker(offer: Transfer) -> str:
    """Return what travels with the message. The id names nobody, and every offer has its own."""
    return f"offer-{offer.id}"
