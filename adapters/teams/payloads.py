"""What is said and pressed in Teams, as commands."""

from collections.abc import Mapping
from typing import Any

from adapters.teams.heard import Heard
from adapters.teams.render.fields import COMMAND, FORM, KIND, NOTE, REQUEST
from bot.command_syntax import parse_command
from bot.commands import Command, CommandRequest, Create, Place, decode_command
from bot.errors import Misunderstood
from bot.i18n import Words, _
from bot.model.ids import request_number
from bot.model.sanitize import sanitize
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE


def from_words(heard: Heard) -> CommandRequest:
    """Read a message. Raises Misunderstood where its words are no command."""
    return asks(heard, parse_command(heard.text))


def from_press(heard: Heard, data: Mapping[str, Any]) -> CommandRequest:
    """Read the press of a button, or a form that was sent: its ``data``. Raises Misunderstood."""
    command = _form(data) if FORM in data else _command(data)
    return asks(heard, command)


def place_of(heard: Heard) -> Place:
    """Tell where something was said."""
    return Place(heard.conversation, heard.is_personal)


def asks(heard: Heard, command: Command) -> CommandRequest:
    """Make a command of what somebody wants, in whichever way Teams tells it."""
    return CommandRequest(heard.key, heard.actor, place_of(heard), command)


def _command(data: Mapping[str, Any]) -> Command:
    try:
        return decode_command(str(data.get(COMMAND) or ""))
    except ValueError:
        raise Misunderstood(
            _(
                "This button is too old: the bot no longer knows what it does. Type {words} to see what you can do instead.",
                words=Words("help"),
            )
        ) from None


def _form(data: Mapping[str, Any]) -> Command:
    number = request_number(str(data.get(REQUEST) or ""))
    if number is None:
        raise Misunderstood(_("Choose a request first: search by its number, or by words of its subject."))
    kind = Kind.PILOT if data.get(KIND) == Kind.PILOT.value else Kind.REMOTE
    note = " ".join(sanitize(str(data.get(NOTE) or "")).split())[:LONGEST_NOTE]
    return Create(number, kind, note)
