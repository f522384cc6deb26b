"""The model of Teams: people, conversations and messages."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["personal", "groupChat", "channel"]
Role = Literal["user", "guest", "anonymous"]
ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
BOT_NAME = "TVBot"


@dataclass(slots=True, eq=False, kw_only=True)
class TeamsPerson:
    """An account. ``mri`` is its id for this bot, ``aad_id`` its id in the directory.

    A person of another ``tenant`` is an external user.
    """

    mri: str
    aad_id: str
    name: str
    email: str
    tenant: str
    locale: str
    timezone: str
    role: Role = "user"
    has_email: bool = True

    def as_roster_member(self) -> Json:
        """Return the account in the roster's format, where the directory id is ``objectId``."""
        given, _, surname = self.name.partition(" ")
        member: Json = {
            "id": self.mri,
            "name": self.name,
            "objectId": self.aad_id,
            "givenName": given,
            "surname": surname,
            "userPrincipalName": self.email if self.has_email else f"{self.aad_id}@sandbox.onmicrosoft.com",
            "tenantId": self.tenant,
            "userRole": self.role,
        }
        if self.has_email:
            member["email"] = self.email
        # The directory knows nothing about anonymous users.
        if self.role == "anonymous":
            return {name: member[name] for name in ("id", "name", "tenantId", "userRole")}
        return member


Sender = Literal["bot"] | TeamsPerson


@dataclass(slots=True, eq=False, kw_only=True)
class TeamsMessage:
    """A message. ``thread`` is the id of the thread's first post, for a reply in a channel.

    ``personal_cards`` are cards that single users see (by mri), ``past_personal_cards`` those they saw before.
    ``past_contents`` is the content before each update, ``activity_json`` the activity of the last send or update.
    ``is_posted_result`` marks a card that a user posted from the message extension.
    """

    id: str
    conversation: "Conversation"
    sender: Sender
    text: str
    cards: list[Json] = field(default_factory=list)
    thread: str | None = None
    past_contents: list[Json] = field(default_factory=list)
    deleted: bool = False
    personal_cards: dict[str, Json] = field(default_factory=dict)
    past_personal_cards: list[tuple[str, Json]] = field(default_factory=list)
    activity_json: Json = field(default_factory=dict)
    is_posted_result: bool = False

    @property
    def thread_root(self) -> str:
        """The id of the thread's first post. A message that is no reply is its own root."""
        return self.thread or self.id

    def update_content(self, text: str, cards: list[Json], activity_json: Json) -> None:
        """Replace the content for everybody and remove the personal cards."""
        self.past_contents.append({"text": self.text, "cards": self.cards})
        # An update replaces what single users saw: their clients refresh again.
        self.past_personal_cards += self.personal_cards.items()
        self.personal_cards = {}
        self.text, self.cards, self.activity_json = text, cards, activity_json

    def show_personal_card(self, person: TeamsPerson, card: Json) -> None:
        """Show a card to one user in the place of the cards for everybody."""
        if person.mri in self.personal_cards:
            self.past_personal_cards.append((person.mri, self.personal_cards[person.mri]))
        self.personal_cards[person.mri] = card


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """A personal chat with the bot, a group chat, or a channel of a team.

    ``is_private``: a private channel, which has members of its own. ``is_shared``: a shared channel. The first channel of a team
    is called General, and has the id of the team.
    """

    id: str
    kind: Kind
    tenant: str
    members: list[TeamsPerson]
    name: str = ""
    team: str | None = None
    team_name: str = ""
    bot_is_member: bool = True
    is_shared: bool = False
    is_private: bool = False
    is_blocked: bool = False
    messages: list[TeamsMessage] = field(default_factory=list)

    @property
    def channel_type(self) -> str:
        """The type of a channel, as Teams names it."""
        return "shared" if self.is_shared else "private" if self.is_private else "standard"

    def find_message(self, message_id: str) -> TeamsMessage | None:
        """Find a message that is not deleted."""
        return next((one for one in self.messages if one.id == message_id and not one.deleted), None)

    def find_member(self, user_id: str) -> TeamsPerson | None:
        """Find a member by mri or directory id."""
        return next((one for one in self.members if user_id in {one.mri, one.aad_id}), None)


def extract_cards(activity: Json) -> list[Json]:
    """Return the Adaptive Cards of a validated activity."""
    return [
        one["content"] for one in activity.get("attachments") or [] if one["contentType"] == ADAPTIVE_CARD
    ]
