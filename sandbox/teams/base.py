"""The base of the simulated users' mixins: find what a user sees, send an invoke, and show the response."""

import uuid
from dataclasses import replace

from sandbox.teams.activities import build_activity
from sandbox.teams.activity_delivery import ActivityDelivery, DeliveryResult
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson
from sandbox.teams.state import TeamsState


class SandboxBase:
    """The base class of the mixins that make up ``TeamsSandbox``."""

    state: TeamsState
    activity_delivery: ActivityDelivery

    def require_visible(self, person: TeamsPerson, message: TeamsMessage) -> TeamsMessage:
        """Return a message if the user can see it. Raises LookupError."""
        if message.deleted or person not in message.conversation.members:
            raise LookupError(f"{person.name} does not see the message {message.id}")
        return message

    def visible_cards(self, person: TeamsPerson, message: TeamsMessage) -> list[Json]:
        """Return the cards of a message as a user sees them. A personal card replaces the cards for everybody."""
        personal_card = self.require_visible(person, message).personal_cards.get(person.mri)
        return message.cards if personal_card is None else [personal_card]

    async def send_invoke(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        name: str,
        value: Json,
        *,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Send an invoke to the bot, optionally about a message. The bot must respond within five seconds."""
        return await self.activity_delivery.deliver_activity(
            self.build_invoke(person, conversation, name, value, message=message)
        )

    def build_invoke(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        name: str,
        value: Json,
        *,
        message: TeamsMessage | None = None,
    ) -> Json:
        """Return the activity of an invoke."""
        reply_fields: Json = {"replyToId": message.id} if message is not None else {}
        invoke = build_activity(
            self.state,
            person,
            conversation,
            "invoke",
            thread=self.thread_of(message),
            name=name,
            value=value,
            id=f"f:{uuid.uuid4()}",
            **reply_fields,
        )
        if message is not None:
            # Teams also sends the id of the card's message here.
            invoke["channelData"] |= {"source": {"name": "message"}, "legacy": {"replyToId": message.id}}
        return invoke

    def thread_of(self, message: TeamsMessage | None) -> str | None:
        """Return the thread of a message. Only channels have threads."""
        return message.thread_root if message is not None and message.conversation.kind == "channel" else None

    def show_error(self, person: TeamsPerson, result: DeliveryResult, error: str) -> DeliveryResult:
        """Record an error message that the user sees."""
        # Tests and the demo page read what a user saw.
        self.state.error_messages[person].append(error)
        self.state.changes.notify()
        return replace(result, error=error)

    def show_result(
        self, person: TeamsPerson, result: DeliveryResult, shown: Json | list[Json]
    ) -> DeliveryResult:
        """Record a result that only this user sees."""
        self.state.shown_results[person].append(shown)
        self.state.changes.notify()
        return replace(result, shown=shown)
