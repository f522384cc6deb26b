"""Everything that the simulated Teams knows, and the simple things that may happen to it."""

import itertools
import secrets
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.changes import Changes
from sandbox.teams.model import (
    BOT_NAME,
    Conversation,
    Json,
    Kind,
    Role,
    Sender,
    TeamsMessage,
    TeamsPerson,
    cards_of,
)


class RecordedCall(NamedTuple):
    """One request of the bot, as it was answered."""

    operation: str
    status: int


class TeamsState:
    """The state of one tenant, with the guests and strangers in it."""

    def __init__(self, *, app_id: str, tenant: str, now: Callable[[], datetime]) -> None:
        self.app_id = app_id
        self.tenant = tenant
        self.now = now
        self.origin = ""
        self.changes = Changes("Teams")
        self.people: list[TeamsPerson] = []
        self.conversations: dict[str, Conversation] = {}
        self.calls: list[RecordedCall] = []
        self.typing: Counter[str] = Counter()
        self.typing_since: dict[str, datetime] = {}
        self.toasts: dict[TeamsPerson, list[str]] = defaultdict(list)
        self.troubles: dict[TeamsPerson, list[str]] = defaultdict(list)
        self.shown: dict[TeamsPerson, list[Any]] = defaultdict(list)
        self.suggested: dict[TeamsPerson, list[Json]] = defaultdict(list)
        self.posted: Callable[[TeamsMessage], None] = lambda _: None
        self._last_id = 0
        self._numbers = itertools.count(1)

    @property
    def bot(self) -> Json:
        """The bot's account, as activities name it."""
        return {"id": f"28:{self.app_id}", "name": BOT_NAME}

    @property
    def service_url(self) -> str:
        """Where the connector is, with a slash at the end."""
        return f"{self.origin}/teams/"

    def new_message_id(self) -> str:
        """Return an id later than every other: milliseconds since 1970."""
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
        self.changes.touch()
        return person

    def add_conversation(self, kind: Kind, members: list[TeamsPerson], **more: Any) -> Conversation:
        """Add a place to talk. A personal chat belongs to the tenant of its person."""
        unique = secrets.token_hex(16)
        ids = {
            "personal": f"a:1{secrets.token_urlsafe(64)}",
            "groupChat": f"19:{unique}@thread.v2",
            "channel": f"19:{unique}@thread.tacv2",
        }
        tenant = members[0].tenant if kind == "personal" else self.tenant
        conversation = Conversation(id=ids[kind], kind=kind, tenant=tenant, members=members, **more)
        self.conversations[conversation.id] = conversation
        self.changes.touch()
        return conversation

    def personal_chat(self, person: TeamsPerson) -> Conversation | None:
        """Return a person's chat with the bot, where there is one."""
        chats = (one for one in self.conversations.values() if one.kind == "personal")
        return next((one for one in chats if one.members == [person]), None)

    def post(
        self, conversation: Conversation, sender: Sender, activity: Json, thread: str | None, **more: Any
    ) -> TeamsMessage:
        """Add a message to a conversation."""
        message = TeamsMessage(
            id=self.new_message_id(),
            conversation=conversation,
            sender=sender,
            text=str(activity.get("text") or ""),
            cards=cards_of(activity),
            thread=thread,
            raw=activity,
            **more,
        )
        conversation.messages.append(message)
        if sender == "bot":
            self.typing_since.pop(conversation.id, None)
        self.posted(message)
        self.changes.touch()
        return message

    def type_in(self, conversation: Conversation) -> None:
        """Let the bot show that it is typing, until it says something."""
        self.typing[conversation.id] += 1
        self.typing_since[conversation.id] = self.now()
        self.changes.touch()

    def rewrite(self, message: TeamsMessage, activity: Json) -> None:
        """Let a message say something else."""
        message.rewrite(str(activity.get("text") or ""), cards_of(activity), activity)
        self.posted(message)
        self.changes.touch()

    def conversations_of(self, person: TeamsPerson) -> list[Conversation]:
        """List the conversations that a person is in."""
        return [one for one in self.conversations.values() if person in one.members]
