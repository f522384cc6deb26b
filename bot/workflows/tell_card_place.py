"""Tell the sender of a ``create`` where its first card is, where they would not see it by themselves."""

from collections.abc import Mapping

from bot.i18n import Link, _
from bot.jobs import TellCardPlace
from bot.model.card import Audience, Card
from bot.model.technician import Platform
from bot.ports import Chat, ReturnAddress, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.replies import Replies


async def tell_card_place(
    job: TellCardPlace,
    steps: Steps,
    *,
    chats: Mapping[Platform, Chat],
    unit_of_work: UnitOfWork,
    replies: Replies,
    retries: ChatRetries,
) -> None:
    """Answer the command with the place of its card."""

    async def tell() -> None:
        async with unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
            session = await tx.sessions.get(job.session)
            cards = await tx.cards.of_command(job.session, job.command)
        card = next((one for one in cards if one.audience is not Audience.EXTERNAL), None)
        if address is None or session is None or card is None:
            return
        view = await _make_view(card, address, session.number, chats[address.actor.platform])
        if view is not None:
            await replies.answer_command(job.command, view)

    await retries.call_or_retry("tell where the card is", tell, job, steps, tries=TRIES_TO_ANSWER)


async def _make_view(card: Card, address: ReturnAddress, number: str, chat: Chat) -> Message | None:
    """Return what the sender reads. None where the channel is shared with another organization: the card says so itself."""
    if address.is_private:
        return Message(_("The card for request #{number} is in this chat.", number=number))
    channel = chat.name_place(address)
    if card.audience is Audience.SHARED:
        link = await chat.link_to(card)
        details = [Link(link.reveal())] if link is not None else []
        return Message(
            _("The card for request #{number} is in {channel}.", number=number, channel=channel),
            details=[_("Open it: {link}", link=one) for one in details],
        )
    if await chat.is_shared_outside(address.actor.tenant, address.channel):
        return None
    return Message(
        _(
            "The bot cannot post in {channel}. So the card for request #{number} is in your own chat with the bot.",
            channel=channel,
            number=number,
        ),
        details=[_("If the bot is not in that channel, invite it there. The next card then goes there.")],
    )
