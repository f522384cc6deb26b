"""Commands written as messages: in a person's own chat with the bot, or in a channel with a mention of the bot.

Slack sends them as events (``message.im`` and ``app_mention``). An event has no trigger id and no response URL, so a job
delivers the answer.
"""

import re
from collections.abc import Mapping
from typing import Any

from adapters.slack.answers import SlackAnswers
from adapters.slack.origin import as_object
from adapters.slack.threads import with_thread
from adapters.slack.typed_text import unescape_typed_text
from bot.command_dispatcher import CommandDispatcher
from bot.command_syntax import parse_command
from bot.commands import CommandRequest, Help, Place
from bot.errors import Misunderstood
from bot.model.ids import CommandKey
from bot.model.mention import remove_leading_mentions
from bot.model.technician import Actor, Platform
from bot.views.errors import error_view

Event = Mapping[str, Any]
KINDS = ("message", "app_mention")
"""The types of the events that carry a written command."""
_WRITTEN_BY_PEOPLE = {"", "file_share", "thread_broadcast"}
"""Subtypes of new messages that people write (Slack: ``message``). Others report edits, deletions, or what an app wrote."""
_BEFORE_COMMAND = " \t\n,:;"
"""What people write between a mention and the command."""
_CODE_MARKS = "`"
"""People copy a command with the marks of code around it."""


class WrittenCommands:
    """Accepts each written command once. ``command`` is the slash command's name."""

    def __init__(self, dispatcher: CommandDispatcher, answers: SlackAnswers, command: str) -> None:
        self._dispatcher = dispatcher
        self._answers = answers
        self._command = command

    async def receive(self, event: Event, body: Event, tenant: str) -> None:
        """Accept the command in an event. ``body`` is its envelope.

        Slack repeats an event that was not acknowledged, with the same id. Raises NotConfirmed and Unavailable: then Slack
        delivers it again.
        """
        if not is_written_command(event) or not body.get("event_id"):
            return
        text = read_written_text(str(event.get("text") or ""), self._command, _bot_user(body))
        if not text and event.get("files"):
            return  # a file is no command
        key = CommandKey(f"slack:{tenant}:{body['event_id']}")
        actor = Actor(Platform.SLACK, tenant, str(event["user"]))
        place = _read_place(event)
        try:
            request = CommandRequest(key, actor, place, parse_command(text))
        except Misunderstood as error:
            # The dispatcher stores no command, only its key and where its answer goes.
            await self._dispatcher.accept(
                CommandRequest(key, actor, place, Help()), self._answers, refusal=error_view(error)
            )
        else:
            await self._dispatcher.accept(request, self._answers)


def is_written_command(event: Event) -> bool:
    """Whether a person wrote a new message to the bot. What an app wrote, the bot itself too, and edits are none."""
    if not event.get("user") or event.get("bot_id") or event.get("bot_profile"):
        return False
    if event.get("edited") or event.get("hidden") or event.get("subtype", "") not in _WRITTEN_BY_PEOPLE:
        return False
    # In a person's own chat with the bot, Slack may send a mention as both events.
    is_own_chat = str(event.get("channel") or "").startswith("D")
    return is_own_chat == (event.get("type") == "message")


def read_written_text(text: str, command: str, bot_user: str) -> str:
    """Return the command in a message: without mentions of the bot, and without the slash command's name in front of it."""
    without_bot = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>", " ", text) if bot_user else text
    typed = remove_leading_mentions(unescape_typed_text(without_bot).lstrip(_BEFORE_COMMAND))
    typed = typed.lstrip(_BEFORE_COMMAND)
    if typed.startswith(_CODE_MARKS):
        typed = typed.strip(_CODE_MARKS)
    typed = typed.strip()
    name = re.match(rf"/?{re.escape(command.removeprefix('/'))}(?:[\s,:]+|$)", typed, re.IGNORECASE)
    return typed[name.end() :] if name else typed


def _bot_user(body: Event) -> str:
    """Return the bot's user id, which the envelope of an event names as whose installation it is for."""
    authorizations = body.get("authorizations")
    named = [as_object(one) for one in authorizations] if isinstance(authorizations, list) else []
    return next((str(one.get("user_id") or "") for one in named if one.get("is_bot")), "")


def _read_place(event: Event) -> Place:
    """Return where the answer goes, and the session's card: into the thread of the message, if it is in one."""
    channel, thread = str(event.get("channel") or ""), str(event.get("thread_ts") or "")
    return Place(with_thread(channel, thread), is_private=channel.startswith("D"))
