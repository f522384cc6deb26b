"""The menus of words that Teams offers while somebody writes to the app, made of the table of words."""

from collections.abc import Sequence
from typing import Any

from bot.command_syntax import COMMAND_TABLE

MOST_COMMANDS = 10
"""How many a menu shows (Teams, Create a commands menu), though the schema takes twelve."""
_ALONE = ("create", "pilot", "show", "list", "history", "status", "home", "auth", "logout", "help")
"""In the chat with the app: what concerns one person. What is done to a session stands as buttons on its card."""
_AMONG_OTHERS = ("create", "pilot", "show", "enter", "reinvite", "link", "end", "history", "admin", "help")
"""In a channel or a group chat: what is done to a session, and administration, which may be tied to a channel."""


def command_lists() -> list[dict[str, Any]]:
    """Return a menu for each place. The descriptions are sentences not yet said."""
    return [_menu(["personal"], _ALONE), _menu(["team", "groupChat"], _AMONG_OTHERS)]


def _menu(scopes: list[str], names: Sequence[str]) -> dict[str, Any]:
    # A title is put into the message as it stands. It is the English word in every language, as in the manual and in
    # the help: other languages' words, which the parser knows too, are for whoever types them.
    words = [word for word in COMMAND_TABLE.values() if word.name in names]
    return {"scopes": scopes, "commands": [{"title": w.name, "description": w.summary} for w in words]}
