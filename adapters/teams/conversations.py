"""The conversations of the bot in Teams: sends, updates and deletes messages there, and notes where the bot was removed."""

from botbuilder.core import TurnContext
from botbuilder.schema import ActivityTypes, Attachment

from adapters.teams.incoming.activity import without_marks, without_thread
from adapters.teams.render import Rendered
from adapters.teams.render.attachments import ADAPTIVE_CARD
from adapters.teams.transport.adapter import Message, TeamsAdapter
from adapters.teams.transport.api_response import TeamsRejected
from bot.errors import Rejected
from bot.i18n import _
from bot.ports import Clock, Posted
from bot.values import replace
from storage.repositories.teams import TeamsConversation
from storage.unit_of_work import SqlUnitOfWork

_BOT_REMOVED = {
    "ConversationNotFound",
    "ConversationBlockedByUser",
    "MessageWritesBlocked",
    "BotNotInConversationRoster",
}
"""The bot was removed or blocked (Teams, proactive messages; status codes of bot APIs)."""
_MESSAGE_DELETED = {404, 410}


class NotAMember(Rejected):
    """The bot is not a member of a conversation, or no longer."""


class TeamsConversations:
    """Messages of the bot in the conversations that it is a member of."""

    def __init__(self, adapter: TeamsAdapter, unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
        self._adapter = adapter
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def send(self, tenant: str, channel: str, rendered: Rendered) -> Posted:
        """Send a message. Raises Rejected, Unavailable."""
        address = await self.address(tenant, channel)
        conversation = without_marks(channel)

        async def post(context: TurnContext) -> Posted:
            sent = await context.send_activity(_message(rendered))
            return Posted(conversation, sent.id if sent else "")

        try:
            return await self._adapter.send_to(address.service_url, conversation, post)
        except TeamsRejected as error:
            await self._record_if_removed(address, error)
            raise

    async def update(self, tenant: str, posted: Posted, rendered: Rendered) -> bool:
        """Update a message. False if it is deleted, or the bot may no longer write there."""

        async def change(context: TurnContext) -> None:
            message = _message(rendered)
            message.id = posted.message
            await context.update_activity(message)

        try:
            address = await self.address(tenant, posted.channel)
        except NotAMember:
            return False
        try:
            await self._adapter.send_to(address.service_url, posted.channel, change)
        except TeamsRejected as error:
            await self._record_if_removed(address, error)
            if error.status in _MESSAGE_DELETED or _is_removal(error):
                return False
            raise
        return True

    async def delete(self, tenant: str, posted: Posted) -> None:
        """Delete a message. Raises Rejected, Unavailable."""

        async def remove(context: TurnContext) -> None:
            await context.delete_activity(posted.message)

        address = await self.address(tenant, posted.channel)
        await self._adapter.send_to(address.service_url, posted.channel, remove)

    async def show_typing(self, tenant: str, channel: str) -> None:
        """Show for some seconds that the bot is writing."""
        address = await self.address(tenant, channel)

        async def sign(context: TurnContext) -> None:
            await context.send_activity(Message(type=ActivityTypes.typing))

        await self._adapter.send_to(address.service_url, without_marks(channel), sign)

    async def address(self, tenant: str, channel: str) -> TeamsConversation:
        """Return the address of a conversation. Raises NotAMember."""
        async with self._unit_of_work.read() as tx:
            address = await tx.teams.find_conversation(tenant, without_thread(channel))
            if address is None and is_channel(channel):
                # Nobody has written there yet. All conversations of a tenant have the same service URL.
                other = await tx.teams.find_latest_conversation(tenant)
                address = other and replace(
                    other, id=without_thread(channel), is_personal=False, has_left=False, team=""
                )
        if address is None or address.has_left:
            raise NotAMember(_("I am not in this conversation in Teams. Add me there first."))
        return address

    async def _record_if_removed(self, address: TeamsConversation, error: TeamsRejected) -> None:
        """Store that the bot was removed: it sends nothing more there until somebody writes to it there."""
        if _is_removal(error):
            async with self._unit_of_work.write() as tx:
                await tx.teams.mark_conversation_left(address.tenant, address.id, self._clock())


def is_channel(channel: str) -> bool:
    """Whether an id is that of a channel or a group chat: those start with 19."""
    return channel.startswith("19:")


def _message(rendered: Rendered) -> Message:
    """Make an activity of a rendered message. Notifications show the ``summary`` of a card."""
    if rendered.card is None:
        return Message(type=ActivityTypes.message, text=rendered.text, text_format="plain")
    card = Attachment(content_type=ADAPTIVE_CARD, content=rendered.card)
    return Message(type=ActivityTypes.message, summary=rendered.text, attachments=[card])


def _is_removal(error: TeamsRejected) -> bool:
    return bool({error.code, error.sub_code} & _BOT_REMOVED)
