"""What people see: the state of Teams from where one of them sits."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from sandbox.teams.base import SandboxBase
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson
from sandbox.teams.state import RecordedCall

_TYPING = timedelta(seconds=10)


class VisibleState(SandboxBase):
    """The screens."""

    @property
    def calls(self) -> list[RecordedCall]:
        """Every request of the bot that was answered, faults aside."""
        return self.world.calls

    @property
    def changes(self) -> int:
        """A number that grows with every change."""
        return self.world.changes.count

    @property
    def toasts(self) -> dict[TeamsPerson, list[str]]:
        """The short messages that people were shown for a press."""
        return self.world.toasts

    @property
    def troubles(self) -> dict[TeamsPerson, list[str]]:
        """What people were told that did not work."""
        return self.world.troubles

    @property
    def typing(self) -> Counter[str]:
        """How often the bot has shown that it is typing, by the id of the conversation."""
        return self.world.typing

    def is_typing(self, conversation: Conversation) -> bool:
        """Whether people see that the bot is typing: until it says something, and for a few seconds at most."""
        since = self.world.typing_since.get(conversation.id)
        return since is not None and self.world.now() - since < _TYPING

    def count(self, operation: str) -> int:
        """Count the requests of an operation."""
        return sum(1 for call in self.world.calls if call.operation == operation)

    def messages(self, conversation: Conversation) -> list[TeamsMessage]:
        """List the messages of a conversation, oldest first; deleted ones say so."""
        return conversation.messages

    def seen_by(self, person: TeamsPerson, message: TeamsMessage) -> Json | None:
        """Return the card of a message as a person sees it; None where it has none. Raises LookupError."""
        cards = self.cards_before(person, message)
        return cards[0] if cards else None

    def everything_seen_by(self, person: TeamsPerson, *, ever: bool = False) -> str:
        """Return everything that has reached a person's client, as JSON; with ``ever`` also what stood there before.

        A card that everybody is sent has reached them, even where they are shown one of their own in its place.
        """
        seen: list[Any] = [
            _reached(person, message, ever=ever)
            for conversation in self.world.conversations_of(person)
            for message in conversation.messages
            if ever or not message.deleted
        ]
        private = (self.world.toasts, self.world.troubles, self.world.shown)
        seen += [kept[person] for kept in private if person in kept]
        return json.dumps(seen, ensure_ascii=False)


def _reached(person: TeamsPerson, message: TeamsMessage, *, ever: bool) -> Json:
    told: Json = {"text": message.text, "cards": message.cards}
    told |= {name: message.raw[name] for name in ("summary", "value") if name in message.raw}
    if person.mri in message.views:
        told["own"] = message.views[person.mri]
    if ever:
        told["before"] = [*message.edits, *(card for mri, card in message.past_views if mri == person.mri)]
    return told
