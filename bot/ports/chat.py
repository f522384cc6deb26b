"""A chat platform, as the workflows see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from bot.i18n import ChannelRef, Text
from bot.model.card import Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Profile
from bot.values import value_class
from bot.views.chat_invitation import Invitation
from bot.views.home import HomePage
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard


@value_class
class ReturnAddress:
    """The address for later answers to a command. ``url`` expires after some minutes."""

    actor: Actor
    channel: str
    is_private: bool
    url: Secret | None
    received_at: datetime | None = None
    """When the command came, where it is stored."""


@value_class
class Posted:
    """The place of a message that was posted."""

    channel: str
    message: str


@value_class
class ChatCapabilities:
    """The differences between chat platforms that the product has to know.

    Attributes:
        keeps_answers: An answer stays in the conversation for everybody there, so cards in it must follow the session.
            Elsewhere an answer is visible to its reader alone and disappears when the client reloads.
        personalizes_shared_cards: A card in a channel shows its creator more than it shows others.
        has_home_tab: A person's overview is a tab of the app. Elsewhere it is a message in their personal chat.
        opens_forms_in_answers: An answer can hold a form. Elsewhere a form only opens as the reaction to a press.
    """

    keeps_answers: bool
    personalizes_shared_cards: bool
    has_home_tab: bool
    opens_forms_in_answers: bool


A = TypeVar("A")


class AnswerFormat(Protocol[A]):
    """How a platform renders answers to commands, and how it stores them for when a command is delivered again."""

    def render(self, view: View, reader: Reader) -> A:
        """Render a view as an answer."""

    def dump(self, answer: A) -> str:
        """Return an answer as text, to be stored."""

    def load(self, stored: str) -> A:
        """Return the answer that ``dump`` was given. Raises ValueError for anything else."""


class Chat(Protocol):
    """A chat platform. Every call may raise Unavailable and Rejected."""

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what this platform can do that others cannot."""

    def is_channel(self, channel: str) -> bool:
        """Whether an id, as settings name it, is a channel of this platform."""

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:
        """Whether the result of a command replaces an answer that only says that work has begun."""

    def needs_card_place(self, to: ReturnAddress) -> bool:
        """Whether the sender of a command has to read where its first card was posted.

        So it is where they read the answers elsewhere, or where the first answer (“Creating…”) would stay as it is.
        """

    def name_place(self, to: ReturnAddress) -> Text | ChannelRef:
        """Return what the sender of a command reads as the name of the channel that its card is for."""

    async def link_to(self, card: Card) -> Secret | None:
        """Return the address that opens a card's message in the chat. None where the chat has none, or does not say it."""

    async def tenants_of(self, channel: str) -> Sequence[str]:
        """List the tenants that may have a channel. Empty where the bot does not know the channel."""

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether people of another organization are in a channel, or are invited to it."""

    async def profile(self, actor: Actor) -> Profile:
        """Read the profile of an account from the platform."""

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the accounts with an e-mail address that the bot can write to, in one tenant or (None) in each trusted one.

        Their profiles say whether they still have it. Raises Unavailable, Rejected.
        """

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        """Post a view in a channel, visible to everybody there. None where the bot may not post there.

        ``marker`` travels with the message where the platform can hide it there, so that ``find_post`` finds it. Then
        OutcomeUnknown is raised where the message may have been posted.
        """

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        """Send a lasting message to one person alone. ``marker``: as for ``post``."""

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        """Find a message that the bot posted in a channel with ``marker``, at or after ``since``.

        Raises Rejected where the bot may not look, so that it is not known whether there is one.
        """

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        """Find a message that ``post_private`` sent, as ``find_post`` does."""

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        """Post below a card, in its thread where there are threads. Everybody there sees it.

        Whom the view mentions is notified. False where the bot may not post there, or the person cannot be mentioned.
        """

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        """Show a person their home. ``as_new_message``: where the home is a message, send a new one."""

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Show a preview below a pasted link. A link that is gone is no error."""

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        """Update a card. False where its message no longer exists."""

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | Message, reader: Reader
    ) -> bool:
        """Update a message that is no card of a session. False where it no longer exists."""

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command, so that only its sender sees it."""

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        """Render an answer and return it as text, to be stored and delivered later."""

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver what ``dump_answer`` returned."""
