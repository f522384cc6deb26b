"""What the tests and the demo read from the simulated Teams: recorded calls, and what each user sees."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from sandbox.teams.base import SandboxBase
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson
from sandbox.teams.state import RecordedCall

_TYPING_DURATION = timedelta(seconds=10)


class VisibleState(SandboxBase):
    """The part of ``TeamsSandbox`` that returns its state."""

    @property
    def calls(self) -> list[RecordedCall]:
        """Every request that got a response, without those that a fault answered."""
        return self.state.calls

    @property
    def changes(self) -> int:
        """The number of changes so far."""
        return self.state.changes.count

    @property
    def toasts(self) -> dict[TeamsPerson, list[str]]:
        """The short messages that users saw after they pressed a button."""
        return self.state.toasts

    @property
    def error_messages(self) -> dict[TeamsPerson, list[str]]:
        """The errors that users saw."""
        return self.state.error_messages

    @property
    def typing(self) -> Counter[str]:
        """How often the bot has sent a typing indicator, by conversation id."""
        return self.state.typing

    def is_typing(self, conversation: Conversation) -> bool:
        """Return whether users see the typing indicator: until the bot's next message, for ten seconds at most."""
        since = self.state.typing_since.get(conversation.id)
        return since is not None and self.state.now() - since < _TYPING_DURATION

    def count_calls(self, operation: str) -> int:
        """Count the requests of an operation."""
        return sum(1 for call in self.state.calls if call.operation == operation)

    def messages(self, conversation: Conversation) -> list[TeamsMessage]:
        """List the messages of a conversation, oldest first. Deleted ones have ``deleted`` set."""
        return conversation.messages

    def visible_card(self, person: TeamsPerson, message: TeamsMessage) -> Json | None:
        """Return the card of a message as a user sees it. Return None if it has none. Raises LookupError."""
        cards = self.visible_cards(person, message)
        return cards[0] if cards else None

    def visible_to(self, person: TeamsPerson, *, include_history: bool = False) -> str:
        """Return everything that reached a user's client, as JSON text. ``include_history`` adds what it replaced.

        A card for everybody has reached every member, even a member who sees a personal card in its place.
        """
        received: list[Any] = [
            _collect_received_content(person, message, include_history=include_history)
            for conversation in self.state.conversations_of(person)
            for message in conversation.messages
            if include_history or not message.deleted
        ]
        private_lists = (self.state.toasts, self.state.error_messages, self.state.shown_results)
        received += [by_person[person] for by_person in private_lists if person in by_person]
        return json.dumps(received, ensure_ascii=False)


def _collect_received_content(person: TeamsPerson, message: TeamsMessage, *, include_history: bool) -> Json:
    content: Json = {"text": message.text, "cards": message.cards}
    content |= {
        name: message.activity_json[name] for name in ("summary", "value") if name in message.activity_json
    }
    if person.mri in message.personal_cards:
        content["own"] = message.personal_cards[person.mri]
    if include_history:
        content["before"] = [
            *message.past_contents,
            *(card for mri, card in message.past_personal_cards if mri == person.mri),
        ]
    return content
