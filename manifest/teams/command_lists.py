"""Build the command menus that Teams shows while a person writes to the app, from the command table."""

from collections.abc import Sequence
from typing import Any

from bot.command_syntax import COMMAND_TABLE

MAX_COMMANDS = 10
"""Commands in one menu. Teams shows ten (its manual, "Create a commands menu"), although the schema allows twelve."""
_PERSONAL_COMMANDS = (
    "create",
    "pilot",
    "show",
    "list",
    "history",
    "status",
    "home",
    "auth",
    "logout",
    "help",
)
"""Commands for the personal chat. Actions on a session are missing here: they are buttons on its card."""
_SHARED_COMMANDS = ("create", "pilot", "show", "enter", "reinvite", "link", "end", "history", "admin", "help")
"""Commands for channels and group chats: actions on a session, and administration, which may be limited to a channel."""


def build_command_lists() -> list[dict[str, Any]]:
    """Return one menu for the personal chat and one for shared chats. The descriptions are not yet translated."""
    return [
        _build_menu(["personal"], _PERSONAL_COMMANDS),
        _build_menu(["team", "groupChat"], _SHARED_COMMANDS),
    ]


def _build_menu(scopes: list[str], names: Sequence[str]) -> dict[str, Any]:
    # Teams inserts a title into the message unchanged. It stays English in every language, like the manual and the
    # help. The parser also accepts translated commands, but only from people who type them.
    rows = [row for row in COMMAND_TABLE.values() if row.name in names]
    return {"scopes": scopes, "commands": [{"title": row.name, "description": row.summary} for row in rows]}
