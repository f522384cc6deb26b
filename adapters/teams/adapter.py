"""The Bot Framework's adapter: activities become turns, and what a turn says goes out through the outbox.

Of botbuilder only what is sound is used: its model of activities, its turns and their pipeline. Its own bridge, its
token checks and its connector are not (botbuilder 4.17.1, archived upstream): they answer 500 to invokes and to bad
tokens, block the event loop, and make a client a turn.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ConversationReference, ResourceResponse

from adapters.teams.outbox import Outbox

log = structlog.get_logger("teams")


@dataclass(frozen=True, slots=True)
class InvokeReply:
    """What an invoke is answered with: HTTP's status, and JSON or nothing."""

    status: int
    body: dict[str, Any] | None = None


Handle = Callable[[TurnContext, Mapping[str, Any]], Awaitable[InvokeReply | None]]
"""Handles one turn. It is given the activity as it came, too: botbuilder drops and renames parts of it."""


class TeamsAdapter(BotAdapter):
    """Runs turns."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox

    async def process(self, raw: Mapping[str, Any], handle: Handle) -> InvokeReply | None:
        """Run the turn of an activity that was verified. Raises DeserializationError where it is none.

        An error never comes out: an invoke is answered with one that people see as such, others are accepted.
        """
        context = TurnContext(self, activity_of(raw))
        reply: InvokeReply | None = None

        async def turn(context: TurnContext) -> None:
            nonlocal reply
            reply = await handle(context, raw)

        try:
            await self.run_pipeline(context, turn)
        except Exception as error:
            log.exception("turn broke", error=type(error).__name__)
            return InvokeReply(500) if raw.get("type") == "invoke" else None
        return reply

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Send what a turn says."""
        sent = []
        for one in activities:
            url, conversation = context.activity.service_url, context.activity.conversation.id
            sent.append(ResourceResponse(id=await self._outbox.send(url, conversation, _written(one))))
        return sent

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Replace what was sent before."""
        url, conversation = context.activity.service_url, context.activity.conversation.id
        await self._outbox.update(url, conversation, activity.id, _written(activity))
        return ResourceResponse(id=activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Take back what was sent."""
        del context
        await self._outbox.delete(reference.service_url, reference.conversation.id, reference.activity_id)


def activity_of(raw: Mapping[str, Any]) -> Activity:
    """Make botbuilder's model of an activity, without its ``value``: that is read as it came."""
    read: Activity = Activity.deserialize({name: part for name, part in raw.items() if name != "value"})  # type: ignore[no-untyped-call]  # msrest's
    return read


def _written(activity: Activity) -> dict[str, Any]:
    written: dict[str, Any] = activity.serialize()  # type: ignore[no-untyped-call]  # msrest's
    return written
