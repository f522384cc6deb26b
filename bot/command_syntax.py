"""What can be typed, and the command it becomes. ``bot.command_table`` has its rows."""

import difflib

from bot.command_table import COMMAND_TABLE, find_row, menu_rows, usage_hint
from bot.commands import Command, Help
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.model.ids import request_number, session_code
from bot.model.mention import name_mentions
from bot.model.sanitize import sanitize
from bot.typed_form import typed_form
from bot.typed_text import LONGEST_COMMAND, normalize_typed_text
from bot.words_to_type import HELP, words_about

__all__ = ["COMMAND_TABLE", "find_row", "menu_rows", "parse_command", "typed_form", "usage_hint"]


def parse_command(line: str) -> Command:
    """Parse what a person typed to the bot. Raises Misunderstood with a hint."""
    if len(sanitize(line)) > LONGEST_COMMAND:
        raise Misunderstood(
            _(
                "That is too long: keep a command under {limit} characters. Nothing was done.",
                limit=LONGEST_COMMAND,
            )
        )
    name, rest = _split_name(line)
    if not name:
        return Help()
    row = find_row(name)
    if row is None:
        raise Misunderstood(_unknown_command_text(name_mentions(name.lower()), rest))
    return row.parse(row, rest)


def _split_name(line: str) -> tuple[str, str]:
    """Split a line into a command's name and what follows, without what people add to either.

    They copy the marks of code, and type a slash, Slack's command or the end of a sentence: ``/tv create 101``, ``hello!``.
    """
    text = normalize_typed_text(line)
    if text.startswith(_CODE_MARK):
        text = text.strip(_CODE_MARK).strip()
    name, _space, rest = text.partition(" ")
    if name.startswith("/") and find_row(name.removeprefix("/")) is None and rest:
        name, _space, rest = rest.partition(" ")
    name = name.removeprefix("/").rstrip(_END_OF_SENTENCE) or name.strip("?")
    return name, rest.strip() if any(one.isalnum() for one in rest) else rest.strip(_END_OF_SENTENCE + " ")


_CODE_MARK, _END_OF_SENTENCE = "`", ".,;:!?…"


def _unknown_command_text(name: str, rest: str) -> Text:
    swapped = rest.split(" ", maxsplit=1)[0].lower()
    if (request_number(name) or session_code(name)) and swapped in COMMAND_TABLE:
        return _("Put the command first: type {words}.", words=Words(f"{swapped} {name}"))
    if request_number(name):
        return _(
            "Say what to do with request {number}, for example {words}.",
            number=name,
            words=words_about("create", name),
        )
    # “<!channel>” and the like are mentions: nobody mistyped a command.
    near = [] if name.startswith("<") else difflib.get_close_matches(name, COMMAND_TABLE, n=1, cutoff=0.6)
    if near:
        return _("Unknown command “{word}”. Did you mean {words}?", word=name[:40], words=Words(near[0]))
    return _("Unknown command “{word}”. Type {words} to see all commands.", word=name[:40], words=HELP)
