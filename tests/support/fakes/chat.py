"""Fakes of the chat platforms."""

# ruff: noqa: ARG002 - a fake has the signature of its port
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from support.fakes.service import FakeService

from bot.errors import NotSupported, Rejected
from bot.i18n import ChannelRef, Text, _
from bot.model.card import Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Profile
from bot.ports import ChatCapabilities, Posted, ReturnAddress
from bot.views.chat_invitation import Invitation
from bot.views.home import HomePage
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard

SLACK = ChatCapabilities(
    keeps_answers=False, personalizes_shared_cards=False, has_home_tab=True, opens_forms_in_answers=False
)
TEAMS = ChatCapabilities(
    keeps_answers=True, personalizes_shared_cards=True, has_home_tab=False, opens_forms_in_answers=True
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as its reader got it."""

    to: ReturnAddress
    view: View
    reader: Reader


class FakeChat(FakeService):
    """A chat platform. ``messages``, ``homes`` and ``previews`` hold what each of them shows now."""

    port: ClassVar[str] = "Chat"

    def __init__(self, capabilities: ChatCapabilities, channels: str) -> None:
        super().__init__()
        self.messages: dict[Posted, View] = {}
        self.markers: dict[Posted, str] = {}
        self.keeps_markers = capabilities is SLACK
        self.private: dict[Posted, Actor] = {}
        self.replies: list[tuple[Card, Message]] = []
        self.homes: dict[Actor, HomePage] = {}
        self.new_homes: list[HomePage] = []
        self.previews: dict[str, RequestPanel] = {}
        self.answers: list[Answer] = []
        self.profiles: dict[Actor, Profile] = {}
        self.readers: list[Reader] = []
        self.tenants: dict[str, Sequence[str]] = {}
        self.closed_channels: set[str] = set()
        self.places_to_tell: set[str] = set()
        self.shared_channels: set[str] = set()
        self._capabilities = capabilities
        self._channels = channels
        self._dumped: list[tuple[View, Reader]] = []

    @property
    def capabilities(self) -> ChatCapabilities:
        return self._capabilities

    def is_channel(self, channel: str) -> bool:
        return channel.startswith(self._channels)

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:
        return self._capabilities.keeps_answers

    def needs_card_place(self, to: ReturnAddress) -> bool:
        return to.channel in self.places_to_tell

    def name_place(self, to: ReturnAddress) -> Text | ChannelRef:
        return ChannelRef(to.channel) if self.needs_card_place(to) else _("the channel of the command")

    async def link_to(self, card: Card) -> Secret | None:
        async with self._calling("link_to"):
            pass
        return Secret(f"https://chat.test/{card.channel}/{card.message}")

    async def tenants_of(self, channel: str) -> Sequence[str]:
        async with self._calling("tenants_of"):
            pass
        return self.tenants.get(channel, ())

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        async with self._calling("is_shared_outside"):
            pass
        return channel in self.shared_channels

    async def profile(self, actor: Actor) -> Profile:
        found = self.profiles.get(actor)
        async with self._calling("profile"):
            pass
        if found is None:
            raise Rejected(Text("No such user."))
        return found

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        async with self._calling("find_accounts"):
            pass
        return [
            actor
            for actor, profile in self.profiles.items()
            if profile.email == address and tenant in {None, actor.tenant}
        ]

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | Message, reader: Reader
    ) -> bool:
        async with self._calling("update_message"):
            if posted not in self.messages:
                return False
            self.messages[posted] = view
        return True

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        is_closed = channel in self.closed_channels
        place = self._next_place(channel)
        async with self._calling("post"):
            if not is_closed:
                self.messages[place] = view
                self.markers[place] = marker
                self.readers.append(reader)
        return None if is_closed else place

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        place = self._next_place(f"D{actor.user}")
        async with self._calling("post_private"):
            self.messages[place] = view
            self.markers[place] = marker
            self.private[place] = actor
            self.readers.append(reader)
        return place

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        async with self._calling("find_post"):
            return self._find_marked(channel, marker)

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        async with self._calling("find_private_post"):
            return self._find_marked(f"D{actor.user}", marker)

    def _find_marked(self, channel: str, marker: str) -> Posted | None:
        if not self.keeps_markers:
            raise NotSupported(Text("It does not show what was posted."))
        return next(
            (one for one, its in self.markers.items() if one.channel == channel and its == marker), None
        )

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        is_closed = card.channel in self.closed_channels
        async with self._calling("reply"):
            if not is_closed:
                self.replies.append((card, view))
                self.readers.append(reader)
        return not is_closed

    def _next_place(self, channel: str) -> Posted:
        return Posted(channel, f"m{len(self.messages) + 1}")

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None:
        async with self._calling("publish_home"):
            self.homes[actor] = home
            if as_new_message:
                self.new_homes.append(home)

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        async with self._calling("unfurl"):
            self.previews[link.url] = panel

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        place = Posted(card.channel, card.message)
        exists = place in self.messages
        async with self._calling("update_card"):
            if exists:
                self.messages[place] = view
        return exists

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        async with self._calling("send_answer"):
            self.answers.append(Answer(to, view, reader))

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        self._dumped.append((view, reader))
        return f"answer {len(self._dumped) - 1}"

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        view, reader = self._dumped[int(stored.removeprefix("answer "))]
        async with self._calling("deliver_answer"):
            self.answers.append(Answer(to, view, reader))
