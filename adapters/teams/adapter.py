"""The Bot Framework's adapter: an activity becomes a turn, and what is said in it goes out by the outbox."""

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityEventNames,
    ActivityTypes,
    ConversationReference,
    ResourceResponse,
)

from adapters.teams.activities import read_activity, written
from adapters.teams.invoke import BROKEN, NOT_IMPLEMENTED, InvokeReply, failure
from adapters.teams.outbox import Outbox
from bot.errors import BotError
from bot.i18n import Language, nearest
from bot.views.errors import internal_error_view

log = structlog.get_logger("teams")


class Handle(Protocol):
    """What the bot does with an activity. ``raw`` is the activity as it came, with every field of a card's value."""

    async def __call__(self, context: TurnContext, raw: Mapping[str, Any]) -> InvokeReply | None:
        """Return the answer to an invoke; None for everything else."""


class TeamsAdapter(BotAdapter):
    """Runs turns through the Bot Framework's pipeline and middleware.

    ``continue_conversation`` begins a turn of the bot's own accord. What breaks in such a turn is raised there.
    """

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox

    async def process(self, raw: Mapping[str, Any], handle: Handle) -> InvokeReply | None:
        """Run the turn of an activity that was checked; returns the answer where it is an invoke.

        Raises Unreadable. What breaks in the turn is logged, and told in the answer to an invoke. Anything else that
        breaks is answered with 500, so that Teams shows its sender that the bot did not take it.
        """
        activity = read_activity(raw)

        async def logic(context: TurnContext) -> InvokeReply | None:
            return await handle(context, raw)

        is_invoke = activity.type == ActivityTypes.invoke
        try:
            reply: InvokeReply | None = await self.run_pipeline(TurnContext(self, activity), logic)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the sender gets an answer in its form
            _note(activity, error)
            return failure(activity.name or "", _sentence(activity, error)) if is_invoke else BROKEN
        return (reply or NOT_IMPLEMENTED) if is_invoke else None

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        """Send activities in their order. Raises what the connector raises."""
        return [ResourceResponse(id=await self._send(context, activity)) for activity in activities]

    async def _send(self, context: TurnContext, activity: Activity) -> str:
        if activity.type == ActivityTypes.trace:
            return ""
        # A turn of the bot's own accord answers nothing: the framework invents the id it would answer to.
        if context.activity.name == ActivityEventNames.continue_conversation:
            activity = copy(activity)
            activity.reply_to_id = None  # type: ignore[assignment]  # the model says str and means None as well
        to_id = activity.reply_to_id
        return await self._outbox.send(
            activity.service_url, activity.conversation.id, written(activity), to_id=to_id
        )

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Replace an activity that the bot sent. Raises what the connector raises."""
        del context
        place = (activity.service_url, activity.conversation.id, activity.id)
        return ResourceResponse(id=await self._outbox.update(*place, written(activity)))

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Delete an activity that the bot sent. Raises what the connector raises."""
        del context
        await self._outbox.delete(reference.service_url, reference.conversation.id, reference.activity_id)


def _note(activity: Activity, error: Exception) -> None:
    """Log what broke and where; the error's own text may quote what a person wrote."""
    if isinstance(error, BotError):
        log.info(
            "turn failed", kind=activity.type, name=activity.name, error=type(error).__name__, ref=error.ref
        )
        return
    at = extract_tb(error.__traceback__)[-1]
    place = f"{Path(at.filename).name}:{at.lineno}"
    log.error("turn broke", kind=activity.type, name=activity.name, error=type(error).__name__, at=place)


def _sentence(activity: Activity, error: Exception) -> str:
    text = error.text if isinstance(error, BotError) else internal_error_view().text
    return Language(nearest(activity.locale), typed=_typed).say(text)


def _typed(words: str) -> str:
    return words
