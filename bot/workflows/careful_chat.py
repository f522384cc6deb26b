"""A chat that shows a link to nobody before it has looked at their account again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.account_check import AccountCheck
from bot.errors import NotAllowed
from bot.i18n import ChannelRef, Text, _
from bot.model.card import Audience, Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform, Profile
from bot.ports import Chat, ChatCapabilities, Posted, ReturnAddress
from bot.services import Chats
from bot.values import replace
from bot.views.chat_invitation import Invitation
from bot.views.errors import refusal_view
from bot.views.home import HomePage
from bot.views.links import holds_link
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard


class CarefulChat:
    """The ``Chat`` that workflows use: the platform's own, with one rule.

    A view with a link goes only to the account of a current technician (``AccountCheck``). Any other account is refused by
    NotAllowed. What everybody in a channel sees carries no link in the first place.
    """

    def __init__(self, chat: Chat, accounts: AccountCheck, language: str) -> None:
        self._chat = chat
        self._accounts = accounts
        self._language = language

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what the platform can do."""
        return self._chat.capabilities

    def is_channel(self, channel: str) -> bool:
        """Whether an id is a channel of the platform."""
        return self._chat.is_channel(channel)

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:
        """Whether the result of a command replaces an answer that only says that work has begun."""
        return self._chat.replaces_passing_answers(to)

    def needs_card_place(self, to: ReturnAddress) -> bool:
        """Whether the sender of a command has to read where its first card was posted."""
        return self._chat.needs_card_place(to)

    def name_place(self, to: ReturnAddress) -> Text | ChannelRef:
        """Return the name of the channel that a command's card is for."""
        return self._chat.name_place(to)

    async def link_to(self, card: Card) -> Secret | None:
        """Return the address that opens a card's message in the chat."""
        return await self._chat.link_to(card)

    async def tenants_of(self, channel: str) -> Sequence[str]:
        """List the tenants that may have a channel."""
        return await self._chat.tenants_of(channel)

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether people of another organization are in a channel."""
        return await self._chat.is_shared_outside(tenant, channel)

    async def profile(self, actor: Actor) -> Profile:
        """Read the profile of an account."""
        return await self._chat.profile(actor)

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the accounts with an e-mail address that the bot can write to."""
        return await self._chat.find_accounts(address, tenant)

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        """Post a view in a channel."""
        return await self._chat.post(tenant, channel, view, reader, marker=marker)

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        """Send a message to one person.

        Raises NotAllowed if it holds a link, and they are no technician any more; if it is an invitation, and they are not
        the invited requester.
        """
        if isinstance(view, Invitation):
            await self._require_invited(actor, view)
        elif holds_link(view):
            await self._accounts.require_current(actor)
        return await self._chat.post_private(actor, view, reader, marker=marker)

    async def _require_invited(self, actor: Actor, view: Invitation) -> None:
        if actor != view.invited:
            raise NotAllowed(_("This account is not the requester’s."))
        await self._accounts.require_requester(actor, view.address)

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | Message, reader: Reader
    ) -> bool:
        """Update a message that is no card of a session. Raises NotAllowed if it is an invitation, and its reader is not the requester any more."""
        if isinstance(view, Invitation):
            await self._accounts.require_requester(view.invited, view.address)
        return await self._chat.update_message(tenant, posted, view, reader)

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        """Find a message that the bot posted in a channel."""
        return await self._chat.find_post(tenant, channel, marker, since)

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        """Find a message that the bot sent to one person."""
        return await self._chat.find_private_post(actor, marker, since)

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        """Post below a card."""
        return await self._chat.reply(card, view, reader)

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        """Show a person their home. Who is no technician any more sees the reason instead."""
        if holds_link(home):
            try:
                await self._accounts.require_current(actor)
            except NotAllowed as error:
                home = HomePage(error.text)
        await self._chat.publish_home(actor, home, reader, as_new_message=as_new_message)

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Show a preview below a pasted link."""
        await self._chat.unfurl(tenant, link, panel, reader)

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        """Update a card. Raises NotAllowed if it is for one technician alone, and they are no technician any more."""
        if isinstance(view, SessionCard) and view.audience is Audience.CREATOR and holds_link(view):
            await self._accounts.require_current_creator(view.creator, card.platform, card.tenant)
        if card.invited is not None and holds_link(view):
            await self._accounts.require_current_creator(card.invited, card.platform, card.tenant)
        if isinstance(view, SessionCard) and view.audience is Audience.TECHNICIAN:
            holder = await self._accounts.find_holder(card)
            if holder is None:
                view = replace(view, requester_link=None)  # nobody knows whom to look at
            else:
                await self._accounts.require_current(holder)
        return await self._chat.update_card(card, view, reader)

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command. Raises NotAllowed if the answer holds a link, and its sender is no technician any more."""
        if holds_link(view):
            await self._accounts.require_current(to.actor)
        await self._chat.send_answer(to, view, reader)

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        """Return an answer as text, to be stored and delivered later."""
        return self._chat.dump_answer(to, view, reader)

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver what ``dump_answer`` returned. Who is no technician any more gets the reason instead."""
        refusal = await self._accounts.find_refusal(to.actor)
        if refusal is None:
            await self._chat.deliver_answer(to, stored)
        else:
            reader = await self._accounts.find_reader(to.actor, self._language)
            await self._chat.send_answer(to, refusal_view(refusal), reader)


class CarefulChats(Mapping[Platform, Chat]):
    """The chats of an installation, each with the rule. ``language`` is the installation's."""

    def __init__(self, chats: Chats, accounts: AccountCheck, language: str) -> None:
        self._chats = chats
        self._accounts = accounts
        self._language = language

    def __getitem__(self, platform: Platform) -> Chat:
        return CarefulChat(self._chats[platform], self._accounts, self._language)

    def __contains__(self, platform: object) -> bool:
        return platform in self._chats

    def __iter__(self) -> Iterator[Platform]:
        return iter(self._chats)

    def __len__(self) -> int:
        return len(self._chats)
