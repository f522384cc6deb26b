"""Build the command menus that Teams shows while a person writes to the app, from the command table."""

from typing import Any

from bot.command_row import Menu
from bot.command_syntax import menu_rows

MAX_COMMANDS = 10
"""Commands in one menu. Teams shows ten (its manual, "Create a commands menu"), although the schema allows twelve."""


def build_command_lists() -> list[dict[str, Any]]:
    """Return one menu for the personal chat and one for shared chats. The descriptions are not yet translated."""
    return [_build_menu(["personal"], Menu.PERSONAL), _build_menu(["team", "groupChat"], Menu.SHARED)]


def _build_menu(scopes: list[str], menu: Menu) -> dict[str, Any]:
    # Teams inserts a title into the message unchanged. It stays English in every language, like the manual and the
    # help. The parser also accepts translated commands, but only from people who type them.
    rows = menu_rows(menu)
    return {"scopes": scopes, "commands": [{"title": row.name, "description": row.summary} for row in rows]}
