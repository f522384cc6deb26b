"""Microsoft Teams as a chat platform: profiles, messages, cards that follow a session, and answers."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from adapters.teams.conversations import NotAMember, TeamsConversations, is_channel
from adapters.teams.incoming.activity import (
    TeamsActivity,
    read_bot_name,
    read_chosen,
    with_thread,
    without_thread,
)
from adapters.teams.people import TeamsPeople
from adapters.teams.render import Rendered, render, render_home
from adapters.teams.render.actions import OUTAGE_POST, marked
from adapters.teams.render.answers import TeamsAnswer, TeamsAnswers
from adapters.teams.render.markdown import plain_formatter
from adapters.teams.shared_channels import SharedChannels
from adapters.teams.team_channels import TeamChannels, name_channel
from adapters.teams.transport.adapter import TeamsAdapter
from adapters.teams.transport.connector import Connector
from bot.errors import BotError, NotSupported, Rejected
from bot.i18n import Text, _
from bot.model.card import Audience, Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Profile
from bot.ports import ChatCapabilities, Clock, Posted, ReturnAddress
from bot.values import replace
from bot.views.chat_invitation import Invitation
from bot.views.form import SessionForm
from bot.views.home import HomePage
from bot.views.outage import OutageCard, OutageForm
from bot.views.pages import Message as MessageView
from bot.views.pages import RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard
from storage.unit_of_work import SqlUnitOfWork

log = structlog.get_logger("teams")

_CAPABILITIES = ChatCapabilities(
    keeps_answers=True, personalizes_shared_cards=True, has_home_tab=False, opens_forms_in_answers=True
)


class TeamsChat:
    """The ``Chat`` of a Teams tenant."""

    def __init__(
        self,
        adapter: TeamsAdapter,
        connector: Connector,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        *,
        app_id: str,
        language: str,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._conversations = TeamsConversations(adapter, unit_of_work, clock)
        self._people = TeamsPeople(
            connector, self._conversations, unit_of_work, clock, app_id=app_id, language=language
        )
        self.shared_channels = SharedChannels(connector)
        self.channels = TeamChannels(connector, unit_of_work)

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what Teams can do: answers are lasting messages, and a card refreshes itself for its creator."""
        return _CAPABILITIES

    def is_channel(self, channel: str) -> bool:
        """Ids of channels and group chats start with 19."""
        return is_channel(channel)

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:  # noqa: ARG002 - it is so everywhere in Teams
        """Teams shows such an answer as a typing sign, which any message replaces."""
        return True

    def needs_card_place(self, to: ReturnAddress) -> bool:
        """The card is where the command was sent, except in a channel that was chosen in a form."""
        return read_chosen(to.channel) is not None

    def name_place(self, to: ReturnAddress) -> Text:
        """Return the chosen channel with its team. For any other place the bot knows no name, and the sender was there."""
        chosen = read_chosen(to.channel)
        return name_channel(*chosen) if chosen else _("the channel of the command")

    async def link_to(self, card: Card) -> Secret | None:  # noqa: ARG002 - as above
        """Return None: nothing needs it."""
        return None

    async def tenants_of(self, channel: str) -> Sequence[str]:
        """List the tenants of a conversation: one, or none if the bot does not know it."""
        async with self._unit_of_work.read() as tx:
            return await tx.teams.list_conversation_tenants(channel)

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether a channel is a shared one, or has members of another organization where Teams does not name its type."""
        known = self.shared_channels.is_known_shared(tenant, channel)
        if known is not None or not is_channel(channel):
            return bool(known)
        try:
            address = await self._conversations.address(tenant, channel)
        except NotAMember:
            return False
        return await self.shared_channels.has_foreign_members(address)

    async def profile(self, actor: Actor) -> Profile:
        """Read a person's profile from the roster of a conversation. Raises Rejected if the bot never met them."""
        return await self._people.profile(actor)

    async def meet_sender(self, activity: TeamsActivity) -> None:
        """Find a conversation whose roster has the sender of an invoke. Raises Rejected, Unavailable."""
        await self._people.meet_sender(activity)

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the accounts of an address that have a personal chat with the bot.

        The bot reaches nobody else there: Teams lets it open a chat only with people for whom the app is installed.
        """
        async with self._unit_of_work.read() as tx:
            return await tx.teams.list_reachable_accounts(address, tenant)

    async def post(
        self,
        tenant: str,
        channel: str,
        view: View,
        reader: Reader,
        *,
        marker: str = "",
    ) -> Posted | None:
        """Post in a conversation, for everybody in it. None if the bot may not post there."""
        rendered = _marked(await self._render(tenant, view, reader), view, marker)
        try:
            return await self._conversations.send(tenant, channel, rendered)
        except Rejected:
            return None

    async def post_private(
        self,
        actor: Actor,
        view: View,
        reader: Reader,
        *,
        marker: str = "",
    ) -> Posted:
        """Send a message to a person's private chat."""
        rendered = _marked(await self._render(actor.tenant, view, reader), view, marker)
        return await self._send_privately(actor, rendered)

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:  # noqa: ARG002 - Teams shows none
        """Raise NotSupported: the id of an activity is in the response alone, and bots cannot read messages back.

        (Bot Connector API: it has no call that lists activities. Reading them needs Microsoft Graph and the permission to
        read every message of the conversation.)
        """
        raise NotSupported(_("Microsoft Teams does not show the bot what it has posted."))

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        """Raise NotSupported, as ``find_post`` does."""
        return await self.find_post(actor.tenant, "", marker, since)

    async def reply(self, card: Card, view: MessageView, reader: Reader) -> bool:
        """Post in the thread of a card; in a group chat, which has none, behind it. False if the bot may not post there."""
        rendered = await self._render(card.tenant, view, reader)
        try:
            await self._conversations.send(card.tenant, _thread_of(card), rendered)
        except Rejected:
            return False
        return True

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        """Update the message that shows a person's home; with ``as_new_message`` send a new one and delete the old one."""
        text = plain_formatter(reader).say(_("Your overview"))
        rendered = Rendered(text, render_home(home, reader), is_private=True)
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(actor.tenant, actor.user)
        old = Posted(met.personal, met.home_message) if met and met.personal and met.home_message else None
        if not as_new_message:
            if old is not None:
                await self._conversations.update(actor.tenant, old, rendered)
            return
        posted = await self._send_privately(actor, rendered)
        async with self._unit_of_work.write() as tx:
            met = await tx.teams.find_account(actor.tenant, actor.user)
            if met is not None:
                await tx.teams.store_home_message(met.account, posted.message)
        if old is not None:
            await self._retire_home(actor.tenant, old, reader)

    async def _retire_home(self, tenant: str, old: Posted, reader: Reader) -> None:
        """Delete an overview, or make it say that there is a newer one.

        Raises nothing: the caller has posted the newer one already, and would post it again.
        """
        moved = Rendered(plain_formatter(reader).say(_("Your overview is further down now.")))
        try:
            await self._conversations.delete(tenant, old)
        except BotError as error:
            log.info("an older overview was not deleted", error=error.log_text)
            with suppress(BotError):
                await self._conversations.update(tenant, old, moved)

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Do nothing: Teams asks for a preview by an invoke, and gets it in the reply."""

    async def update_card(self, card: Card, view: SessionCard | MessageView, reader: Reader) -> bool:
        """Update a card. False if its message is deleted, or the bot may no longer write there."""
        rendered = await self._render(card.tenant, view, reader)
        return await self._conversations.update(card.tenant, Posted(card.channel, card.message), rendered)

    async def is_home(self, actor: Actor, posted: Posted) -> bool:
        """Whether a message shows somebody's overview."""
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(actor.tenant, actor.user)
        return met is not None and (met.personal, met.home_message) == (posted.channel, posted.message)

    async def replace_message(self, tenant: str, posted: Posted, answer: TeamsAnswer) -> bool:
        """Show an answer in place of an earlier one. False if that is deleted, or the bot may no longer write there."""
        return await self._conversations.update(
            tenant, posted, Rendered(answer.text, answer.card, answer.is_private)
        )

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | MessageView, reader: Reader
    ) -> bool:
        """Update a message that is no card of a session. False if it is deleted, or the bot may no longer write there."""
        return await self._conversations.update(tenant, posted, await self._render(tenant, view, reader))

    async def delete_message(self, tenant: str, posted: Posted) -> None:
        """Delete a message, if it still exists."""
        with suppress(Rejected):
            await self._conversations.delete(tenant, posted)

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command where it was given, or in the private chat if the answer is private."""
        viewers = await self.viewers(to.actor.tenant, view)
        if isinstance(view, SessionForm | OutageForm):
            met = await self._people.require_met(to.actor)
            choices = await self.channels.list_choices(to.actor.tenant, to.channel, met.account.mri)
            view = replace(view, choices=choices)
        await self.send_rendered_answer(to, _answers_for(to).render(view, reader, viewers=viewers))

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        """Return an answer as JSON, to store it and deliver it later."""
        answers = _answers_for(to)
        return answers.dump(answers.render(view, reader))

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver an answer that ``dump_answer`` returned."""
        await self.send_rendered_answer(to, TeamsAnswers().load(stored))

    async def send_rendered_answer(self, to: ReturnAddress, answer: TeamsAnswer) -> None:
        """Send an answer. A pending one becomes a typing sign, because a message would stay.

        The sender of a form that names another channel reads the answers in private: only the card goes there.
        """
        if answer.is_pending and read_chosen(to.channel):
            return
        if answer.is_pending:
            with suppress(BotError):
                await self._conversations.show_typing(to.actor.tenant, to.channel)
            return
        rendered = Rendered(answer.text, answer.card, answer.is_private)
        is_private = to.is_private or read_chosen(to.channel) is not None
        is_public = not is_private and not answer.is_private
        if is_public and not await self.is_shared_outside(to.actor.tenant, to.channel):
            # Rejected: a message extension can be used in conversations without the bot. Then the answer goes in private.
            with suppress(Rejected):
                await self._conversations.send(to.actor.tenant, to.channel, rendered)
                return
        try:
            await self._send_privately(to.actor, rendered)
        except Rejected:
            if is_private:
                raise
            await self._conversations.send(to.actor.tenant, to.channel, Rendered(answer.unreachable))
            return
        if not is_private:
            await self._conversations.send(to.actor.tenant, to.channel, Rendered(answer.elsewhere))

    async def viewers(self, tenant: str, view: View) -> list[str]:
        """Return the Teams ids of the people whose clients ask for a card by themselves: the creator of its session.

        The creator sees more than others. The card of an outage is the same for everybody, but who asks for it names its
        message. The card of an invitation is its reader's own view already.
        """
        match view:
            case SessionCard() if view.audience is Audience.INVITED:
                return []
            case SessionCard() | OutageCard():
                pass
            case _:
                return []
        async with self._unit_of_work.read() as tx:
            return list(await tx.teams.list_technician_mris(view.creator, tenant))

    async def _render(self, tenant: str, view: View, reader: Reader) -> Rendered:
        return render(view, reader, viewers=await self.viewers(tenant, view))

    async def _send_privately(self, actor: Actor, rendered: Rendered) -> Posted:
        channel = await self._people.private_chat(actor)
        return await self._conversations.send(actor.tenant, channel, rendered)


def _answers_for(to: ReturnAddress) -> TeamsAnswers:
    """Return the format of a later answer. In a channel its commands mention the bot, as those of the first answer do."""
    return TeamsAnswers(read_bot_name(to.channel))


def _thread_of(card: Card) -> str:
    """Return the conversation for replies to a card. One that is no reply itself begins a thread.

    Ids of group chats end in ``@thread.v2``. They have no threads.
    """
    if without_thread(card.channel) != card.channel or card.channel.endswith("@thread.v2"):
        return card.channel
    return with_thread(card.channel, card.message)


def _marked(rendered: Rendered, view: View, marker: str) -> Rendered:
    """Return a message whose card says which post it is of, when somebody presses or refreshes it."""
    if not marker or rendered.card is None:
        return rendered
    match view:
        case SessionCard():
            return replace(rendered, card=marked(rendered.card, f"{view.session_id}.{marker}"))
        case OutageCard():
            return replace(rendered, card=marked(rendered.card, f"{OUTAGE_POST}{view.outage}.{marker}"))
        case _:
            return rendered
