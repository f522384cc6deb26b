"""One row of the command table: how a command is typed, explained and offered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Flag, auto

from bot.commands import Command
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _

ON_OR_OFF = {"on": True, "off": False}
"""What is typed to switch something."""
_OPTION = re.compile(r"--(?P<name>\w+)(?: (?P<text>[A-Z]+))?")
Parse = Callable[["CommandRow", str], Command]
"""Reads what is typed after a command's name. Raises Misunderstood."""


class Menu(Flag):
    """The menus of Teams that offer a command while somebody types. A menu shows ten commands at most."""

    NONE = 0
    PERSONAL = auto()
    """In the chat with the bot: what concerns one person. What is done to a session is a button on its card."""
    SHARED = auto()
    """In a channel or a group chat: what is done to a session, and administration, which may be limited to a channel."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One command of the command table.

    Attributes:
        name: The word that is typed, in English.
        usage: What is typed after it.
        summary: What it does, for help and menus.
        parse: Reads what was typed after the name.
        prefix: What is typed before the name, for administration commands.
        also: The word in other languages, without accents.
        menus: The menus of Teams that offer it.
        hint: How Slack's usage hint shows it. None: the hint leaves it out.
    """

    name: str
    usage: str
    summary: Text
    parse: Parse
    prefix: str = ""
    also: tuple[str, ...] = ()
    menus: Menu = Menu.NONE
    hint: str | None = None

    @property
    def pattern(self) -> str:
        """The command with its usage, as help shows it."""
        return f"{self.prefix}{self.name} {self.usage}".strip()

    @property
    def options(self) -> Mapping[str, str]:
        """The options in the usage pattern, each with the kind of text that it takes; empty for one without a text."""
        return {found["name"]: found["text"] or "" for found in _OPTION.finditer(self.usage)}


def usage_error(row: CommandRow) -> Misunderstood:
    """Return the error for a command that was typed in a wrong way."""
    return Misunderstood(_("Type it like this: {words}", words=Words(row.pattern)))
