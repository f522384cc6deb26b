"""The Bot Framework's adapter: it runs turns, and sends what a turn context is given."""

from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol, TypeVar

import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityEventNames,
    ActivityTypes,
    ConversationAccount,
    ConversationReference,
    ResourceResponse,
)
from msrest.serialization import Model

from adapters.teams.incoming.activity import TeamsActivity, set_incoming
from adapters.teams.render.invoke_replies import BROKEN, NOT_IMPLEMENTED, InvokeReply, failure
from adapters.teams.transport.queues import OrderedConnector
from bot.errors import BotError
from bot.i18n import Language, nearest
from bot.views.errors import internal_error_view

CHANNEL = "msteams"
_ENVELOPE = {"channelId", "serviceUrl", "conversation", "from", "recipient", "replyToId", "inputHint"}
log = structlog.get_logger("teams")
T = TypeVar("T")


class Bot(Protocol):
    """Handles turns. Each ``ActivityHandler`` of the Bot Framework is one."""

    async def on_turn(self, turn_context: TurnContext) -> Any:
        """Handle the activity of a turn."""


class Message(Activity):
    """An outgoing activity that is not changed once it is made."""

    def __deepcopy__(self, memo: object) -> "Message":
        """Return a shallow copy: the turn context addresses a copy of what it sends, and its card may be large."""
        return copy(self)


class TeamsAdapter(BotAdapter):
    """Runs turns through the Bot Framework's pipeline and its middleware, if any."""

    def __init__(self, connector: OrderedConnector) -> None:
        super().__init__()
        self._connector = connector

    async def process_activity(self, activity: TeamsActivity, bot: Bot) -> InvokeReply | None:
        """Run the turn of an activity whose sender is verified. Return the reply if it is an invoke.

        An error in the turn is logged, and reported in the reply to an invoke. For anything else the reply is 500, so
        that Teams shows the sender that the bot did not accept it.
        """
        context = TurnContext(self, activity.model)
        set_incoming(context, activity)
        is_invoke = activity.model.type == ActivityTypes.invoke
        try:
            await self.run_pipeline(context, bot.on_turn)
        except Exception as error:  # noqa: BLE001 - whatever fails, the sender gets a reply in its form
            _log_failure(activity.model, error)
            return failure(activity.name, _sentence(activity, error)) if is_invoke else BROKEN
        sent = context.turn_state.get(self._INVOKE_RESPONSE_KEY)
        if isinstance(sent, Activity):
            return InvokeReply(sent.value.status, sent.value.body)
        return NOT_IMPLEMENTED if is_invoke else None

    async def send_to(
        self, service_url: str, conversation: str, send: Callable[[TurnContext], Awaitable[T]]
    ) -> T:
        """Start a turn of the bot's own in a conversation, and return what ``send`` does in it.

        Raises what the connector raises.
        """
        reference = ConversationReference(
            channel_id=CHANNEL, service_url=service_url, conversation=ConversationAccount(id=conversation)
        )
        result: T = await self.continue_conversation(reference, send)
        return result

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Send activities in their order. Raises what the connector raises."""
        return [ResourceResponse(id=await self._send_activity(context, one)) for one in activities]

    async def _send_activity(self, context: TurnContext, activity: Activity) -> str:
        match activity.type:
            case ActivityTypes.invoke_response:
                context.turn_state[self._INVOKE_RESPONSE_KEY] = activity
                return ""
            case ActivityTypes.trace:
                return ""
        body = _body(context, activity)
        parent_activity_id = body.get("replyToId")
        place = activity.service_url, activity.conversation.id
        if activity.type == ActivityTypes.typing:
            # Behind other messages it would come too late to mean anything.
            return await self._connector.send_activity_at_once(*place, body)
        return await self._connector.send_activity_in_order(
            *place, body, parent_activity_id=parent_activity_id
        )

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Replace an activity that the bot sent. Raises what the connector raises."""
        place = activity.service_url, activity.conversation.id, activity.id
        updated = await self._connector.update_activity_in_order(*place, _body(context, activity))
        return ResourceResponse(id=updated)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Delete an activity that the bot sent. Raises what the connector raises."""
        del context
        place = reference.service_url, reference.conversation.id, reference.activity_id
        await self._connector.delete_activity_in_order(*place)


def _body(context: TurnContext, activity: Activity) -> dict[str, Any]:
    """Return an activity as JSON."""
    body: dict[str, Any] = _to_json(activity)
    if context.activity.name != ActivityEventNames.continue_conversation:
        return body
    # The URL says where the activity goes, and the framework invents the id that it would reply to.
    return {key: value for key, value in body.items() if key not in _ENVELOPE}


def _to_json(value: Any) -> Any:
    """Return a model as JSON, without the fields that have no value.

    msrest's serializer takes 0.3 ms for a card, and writes ``tenantID`` for ``tenantId``.
    """
    match value:
        case Model():
            model: Any = type(value)
            fields = {
                key: _to_json(found)
                for name, key in _json_names(model)
                if (found := getattr(value, name)) is not None
            }
            return fields | (value.additional_properties or {})
        case list() | tuple():
            return [_to_json(one) for one in value]
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case _:
            return value


@lru_cache(maxsize=128)
def _json_names(model: Any) -> tuple[tuple[str, str], ...]:
    """The attributes of a model, and their names in JSON."""
    return tuple(
        (name, "tenantId" if spec["key"] == "tenantID" else spec["key"])
        for name, spec in model._attribute_map.items()  # noqa: SLF001 - the only place where the model lists its fields
    )


def _log_failure(activity: Activity, error: Exception) -> None:
    """Log what failed and where, without the error's text: it may quote a person."""
    if isinstance(error, BotError):
        log.info(
            "turn failed", kind=activity.type, name=activity.name, error=type(error).__name__, ref=error.ref
        )
        return
    at = extract_tb(error.__traceback__)[-1]
    place = f"{Path(at.filename).name}:{at.lineno}"
    log.error("turn broke", kind=activity.type, name=activity.name, error=type(error).__name__, at=place)


def _sentence(activity: TeamsActivity, error: Exception) -> str:
    text = error.text if isinstance(error, BotError) else internal_error_view().text
    return Language(nearest(activity.model.locale), typed=_typed).say(text)


def _typed(words: str) -> str:
    return words
