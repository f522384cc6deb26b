"""The state of the simulated Teams, and the operations that change it."""

import itertools
import secrets
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.change_notifier import ChangeNotifier
from sandbox.teams.clouds import CLOUDS, CloudName
from sandbox.teams.model import (
    BOT_NAME,
    Conversation,
    Json,
    Kind,
    Role,
    Sender,
    TeamsMessage,
    TeamsPerson,
    extract_cards,
)


class RecordedCall(NamedTuple):
    """One recorded request of the bot."""

    operation: str
    status: int


class TeamsState:
    """The state of one tenant, including its guests and external users.

    ``audience`` is the audience of the tokens that Teams sends: the app id, ``api://…`` or ``api://botid-…``.
    Activities of real clients sometimes differ from the documentation: ``omits_directory_ids`` leaves
    ``from.aadObjectId`` out, ``omits_activity_ids`` the ``id``, and ``respells_service_url`` writes the service URL in
    another case and without its last slash, while the token keeps the usual form.
    """

    def __init__(
        self, *, app_id: str, tenant: str, now: Callable[[], datetime], cloud: CloudName = "public"
    ) -> None:
        self.app_id = app_id
        self.audience = app_id
        self.cloud = CLOUDS[cloud]
        self.tenant = tenant
        self.now = now
        self.origin = ""
        self.changes = ChangeNotifier("Teams")
        self.people: list[TeamsPerson] = []
        self.conversations: dict[str, Conversation] = {}
        self.calls: list[RecordedCall] = []
        self.names_channel_types = True
        """Whether activities name the type of their channel. Not every one of Teams' own examples does."""
        self.typing: Counter[str] = Counter()
        self.typing_since: dict[str, datetime] = {}
        self.toasts: dict[TeamsPerson, list[str]] = defaultdict(list)
        self.error_messages: dict[TeamsPerson, list[str]] = defaultdict(list)
        self.shown_results: dict[TeamsPerson, list[Json | list[Json]]] = defaultdict(list)
        self.suggested: dict[TeamsPerson, list[Json]] = defaultdict(list)
        self.omits_directory_ids = False
        self.omits_activity_ids = False
        self.respells_service_url = False
        self.on_message: Callable[[TeamsMessage], None] = lambda _: None
        self._last_id = 0
        self._numbers = itertools.count(1)

    @property
    def bot(self) -> Json:
        """The bot's account in the format of activities."""
        return {"id": f"28:{self.app_id}", "name": BOT_NAME}

    @property
    def service_url(self) -> str:
        """The URL of the connector, with a trailing slash."""
        return f"{self.origin}/teams/"

    def new_message_id(self) -> str:
        """Return an id later than every other: milliseconds since 1970."""
        # Two messages within a millisecond still need different ids.
        self._last_id = max(self._last_id + 1, int(self.now().timestamp() * 1000))
        return str(self._last_id)

    def add_person(
        self, name: str, email: str, *, tenant: str | None, locale: str, timezone: str, role: Role
    ) -> TeamsPerson:
        """Add an account."""
        person = TeamsPerson(
            mri=f"29:1{secrets.token_urlsafe(48)}",
            aad_id=str(uuid.uuid4()),
            name=name,
            email=email,
            tenant=tenant or self.tenant,
            locale=locale,
            timezone=timezone,
            role=role,
        )
        self.people.append(person)
        self.changes.notify()
        return person

    def add_conversation(self, kind: Kind, members: list[TeamsPerson], **attributes: Any) -> Conversation:
        """Add a conversation. A personal chat belongs to the tenant of its user."""
        unique = secrets.token_hex(16)
        new_ids = {
            "personal": f"a:1{secrets.token_urlsafe(64)}",
            "groupChat": f"19:{unique}@thread.v2",
            "channel": f"19:{unique}@thread.tacv2",
        }
        # An external user's chat belongs to the user's own organisation.
        tenant = members[0].tenant if kind == "personal" else self.tenant
        values = {"id": new_ids[kind], **attributes}
        conversation = Conversation(kind=kind, tenant=tenant, members=members, **values)
        self.conversations[conversation.id] = conversation
        self.changes.notify()
        return conversation

    def channels_of(self, team: str) -> list[Conversation]:
        """List the channels of a team."""
        return [one for one in self.conversations.values() if one.team == team]

    def find_team(self, team: str) -> Conversation | None:
        """Return a team as Teams' roster shows it: with the members of its standard channels. None if there is no such team."""
        channels = self.channels_of(team)
        if not channels:
            return None
        standard = [one for one in channels if one.channel_type == "standard"]
        return Conversation(
            id=team,
            kind="channel",
            tenant=self.tenant,
            members=list(dict.fromkeys(person for one in standard for person in one.members)),
            name="General",
            team=team,
            team_name=channels[0].team_name,
            bot_is_member=any(one.bot_is_member for one in channels),
        )

    def find_personal_chat(self, person: TeamsPerson) -> Conversation | None:
        """Return the person's chat with the bot, if it exists."""
        chats = (one for one in self.conversations.values() if one.kind == "personal")
        return next((one for one in chats if one.members == [person]), None)

    def add_message(
        self,
        conversation: Conversation,
        sender: Sender,
        activity: Json,
        thread: str | None,
        **attributes: Any,
    ) -> TeamsMessage:
        """Add a message to a conversation."""
        message = TeamsMessage(
            id=self.new_message_id(),
            conversation=conversation,
            sender=sender,
            text=str(activity.get("text") or ""),
            cards=extract_cards(activity),
            thread=thread,
            activity_json=activity,
            **attributes,
        )
        conversation.messages.append(message)
        # A message ends the typing indicator.
        if sender == "bot":
            self.typing_since.pop(conversation.id, None)
        self.on_message(message)
        self.changes.notify()
        return message

    def start_typing(self, conversation: Conversation) -> None:
        """Show that the bot is typing, until its next message."""
        self.typing[conversation.id] += 1
        self.typing_since[conversation.id] = self.now()
        self.changes.notify()

    def update_message(self, message: TeamsMessage, activity: Json) -> None:
        """Replace the content of a message."""
        message.update_content(str(activity.get("text") or ""), extract_cards(activity), activity)
        self.on_message(message)
        self.changes.notify()

    def conversations_of(self, person: TeamsPerson) -> list[Conversation]:
        """List the conversations of a person."""
        return [one for one in self.conversations.values() if person in one.members]
