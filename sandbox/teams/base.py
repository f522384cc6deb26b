"""What every way of acting as a person rests on: who sees what, and the way to the bot."""

import uuid
from dataclasses import replace
from typing import Any

from sandbox.teams.activities import activity
from sandbox.teams.activity_delivery import ActivityDelivery, DeliveryResult
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson
from sandbox.teams.state import TeamsState


class SandboxBase:
    """The world, and the way to the bot."""

    world: TeamsState
    courier: ActivityDelivery

    def on_screen(self, person: TeamsPerson, message: TeamsMessage) -> TeamsMessage:
        """Return a message that a person has before them. Raises LookupError."""
        if message.deleted or person not in message.conversation.members:
            raise LookupError(f"{person.name} does not see the message {message.id}")
        return message

    def cards_before(self, person: TeamsPerson, message: TeamsMessage) -> list[Json]:
        """Return the cards of a message as a person sees them: one shown to them alone stands in for those of all."""
        own = self.on_screen(person, message).views.get(person.mri)
        return message.cards if own is None else [own]

    async def invoke(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        name: str,
        value: Json,
        *,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Ask the bot something that it must answer at once, perhaps about a message."""
        return await self.courier.deliver(
            self.invoke_activity(person, conversation, name, value, message=message)
        )

    def invoke_activity(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        name: str,
        value: Json,
        *,
        message: TeamsMessage | None = None,
    ) -> Json:
        """Return the activity of an invoke."""
        about: Json = {"replyToId": message.id} if message is not None else {}
        asked = activity(
            self.world,
            person,
            conversation,
            "invoke",
            thread=self.thread_of(message),
            name=name,
            value=value,
            id=f"f:{uuid.uuid4()}",
            **about,
        )
        if message is not None:
            asked["channelData"] |= {"source": {"name": "message"}, "legacy": {"replyToId": message.id}}
        return asked

    def thread_of(self, message: TeamsMessage | None) -> str | None:
        """Return the thread that an activity about a message belongs to: channels alone have threads."""
        return message.root if message is not None and message.conversation.kind == "channel" else None

    def troubled(self, person: TeamsPerson, delivery: DeliveryResult, trouble: str) -> DeliveryResult:
        """Let a person see that something did not work."""
        self.world.troubles[person].append(trouble)
        self.world.changes.touch()
        return replace(delivery, trouble=trouble)

    def shown(self, person: TeamsPerson, delivery: DeliveryResult, shown: Any) -> DeliveryResult:
        """Let a person see an answer that nobody else sees."""
        self.world.shown[person].append(shown)
        self.world.changes.touch()
        return replace(delivery, shown=shown)
