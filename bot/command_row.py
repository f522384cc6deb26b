"""One row of the command table: how a command is typed, explained and offered."""

import re
from collections.abc import Callable, Mapping
from enum import Flag, auto

from bot.commands import Command
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.values import value_class

ON_OR_OFF = {"on": True, "off": False}
"""What is typed to switch something."""
_OPTION = re.compile(r"--(?P<name>[\w-]+)(?: (?P<text>[A-Z]+))?")
Parse = Callable[["CommandRow", str], Command]
"""Reads what is typed after a command's name. Raises Misunderstood."""


class Menu(Flag):
    """The menus of Teams that offer a command while somebody types. A menu shows ten commands at most."""

    NONE = 0
    PERSONAL = auto()
    """In the chat with the bot: what concerns one person. What is done to a session is a button on its card."""
    SHARED = auto()
    """In a channel or a group chat: what is done to a session, and administration, which may be limited to a channel."""


@value_class
class CommandRow:
    """One command of the command table.

    Attributes:
        name: The word that is typed, in English.
        usage: What is typed after it.
        summary: What it does, for help and menus.
        examples: What to type, for help and errors. Each option of the command is in one of them.
        parse: Reads what was typed after the name.
        prefix: What is typed before the name, for administration commands.
        also: The word in other languages, without accents.
        menus: The menus of Teams that offer it.
        takes_quotes: Its parser reads options itself: dashes and quotation marks may belong to its text.
        hint: How Slack's usage hint shows it. None: the hint leaves it out.
    """

    name: str
    usage: str
    summary: Text
    examples: tuple[Text, ...]
    parse: Parse
    prefix: str = ""
    also: tuple[str, ...] = ()
    menus: Menu = Menu.NONE
    hint: str | None = None
    takes_quotes: bool = False

    @property
    def example(self) -> Words:
        """The example that help and errors show."""
        return Words(self.examples[0])

    def example_with(self, option: str) -> Words:
        """Return an example with this option, else the first one."""
        return next((Words(one) for one in self.examples if f"--{option}" in one.template), self.example)

    @property
    def example_with_address(self) -> Words:
        """An example that names a person by their e-mail address, else the first one."""
        return next((Words(one) for one in self.examples if "@example.com" in one.template), self.example)

    @property
    def options(self) -> Mapping[str, str]:
        """The options in the usage pattern, each with the kind of text that it takes; empty for one without a text."""
        return {found["name"]: found["text"] or "" for found in _OPTION.finditer(self.usage)}


OPTIONS = {
    "pilot": _("The requester shows you something with the phone’s camera."),
    "at": _(
        "Create the session later, at this time in your time zone: 14:30, tomorrow 9:00, fri 10:00, 24/12 14:30 (day first)."
    ),
    "another": _("Create one more session, although one is open."),
    "no-chat": _("Do not invite the requester in a chat, where the bot is set up to do so."),
    "note": _("Say what it is about. The note is kept with the session."),
    "sure": _("Disconnect without a question, although sessions are open."),
    "page": _("Show a later page of the list."),
    "accept": _("Accept the session that a colleague offers you."),
    "decline": _("Decline the session that a colleague offers you."),
    "withdraw": _("Withdraw the offer of your session."),
}
"""What each option does, for help."""


def usage_error(row: CommandRow) -> Misunderstood:
    """Return the error for a command that was typed in a wrong way."""
    return Misunderstood(_("This command is typed differently. For example: {words}", words=row.example))
