"""Who is in Teams, and where they talk: people, conversations, and the messages in them."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["personal", "groupChat", "channel"]
Role = Literal["user", "guest", "anonymous"]
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
BOT_NAME = "TVBot"


@dataclass(slots=True, eq=False, kw_only=True)
class TeamsPerson:
    """An account. ``mri`` is how this bot is told of it; ``aad_id`` is the account's own id.

    A person of another ``tenant`` is external: they talk from their own organisation.
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

    def as_member(self) -> Json:
        """Return the account as the roster does: the directory's id is ``objectId`` there."""
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
        if self.role == "anonymous":
            return {name: member[name] for name in ("id", "name", "tenantId", "userRole")}
        return member


Sender = Literal["bot"] | TeamsPerson


@dataclass(slots=True, eq=False, kw_only=True)
class TeamsMessage:
    """A message. ``thread`` is the id of the post it answers in a channel; ``views`` are cards shown to one person alone.

    ``edits`` is what it said before each update, ``raw`` the activity as it came last, ``past_views`` what single
    people saw before (mri and card). ``is_posted_card`` marks a card that a person posted out of the message extension.
    """

    id: str
    conversation: "Conversation"
    sender: Sender
    text: str
    cards: list[Json] = field(default_factory=list)
    thread: str | None = None
    edits: list[Json] = field(default_factory=list)
    deleted: bool = False
    views: dict[str, Json] = field(default_factory=dict)
    past_views: list[tuple[str, Json]] = field(default_factory=list)
    raw: Json = field(default_factory=dict)
    is_posted_card: bool = False

    @property
    def root(self) -> str:
        """The post that heads the thread: its own id where it answers none."""
        return self.thread or self.id

    def rewrite(self, text: str, cards: list[Json], raw: Json) -> None:
        """Let the message say something else to everybody: what single people saw is gone."""
        self.edits.append({"text": self.text, "cards": self.cards})
        self.past_views += self.views.items()
        self.views = {}
        self.text, self.cards, self.raw = text, cards, raw

    def show_to(self, person: TeamsPerson, card: Json) -> None:
        """Show a card to one person in the place of what everybody sees."""
        if person.mri in self.views:
            self.past_views.append((person.mri, self.views[person.mri]))
        self.views[person.mri] = card


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """A personal chat with the bot, a group chat, or a channel of a team."""

    id: str
    kind: Kind
    tenant: str
    members: list[TeamsPerson]
    name: str = ""
    team: str | None = None
    team_name: str = ""
    bot_is_member: bool = True
    is_blocked: bool = False
    messages: list[TeamsMessage] = field(default_factory=list)

    def message(self, message_id: str) -> TeamsMessage | None:
        """Find a message that has not been deleted."""
        return next((one for one in self.messages if one.id == message_id and not one.deleted), None)

    def member(self, user_id: str) -> TeamsPerson | None:
        """Find a member by either of their ids."""
        return next((one for one in self.members if user_id in {one.mri, one.aad_id}), None)


def cards_of(activity: Json) -> list[Json]:
    """Return the adaptive cards of an activity that was checked."""
    return [one["content"] for one in activity.get("attachments") or [] if one["contentType"] == ADAPTIVE]
