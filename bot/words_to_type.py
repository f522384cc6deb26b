"""Commands that a text tells its reader to type, about one request or session."""

from typing import Literal

from bot.i18n import Text, Words, _

HELP = Words(_("help"))
NOTIFY_ON = Words(_("notify on"))
CommandAboutOne = Literal[
    "cancel",
    "create",
    "end",
    "enter",
    "invite",
    "leave",
    "link",
    "move",
    "show",
    "start",
    "transfer",
    "transfer --accept",
    "transfer --withdraw",
    "uninvite",
]
_TEXTS: dict[CommandAboutOne, Text] = {
    "cancel": _("cancel {number}"),
    "create": _("create {number}"),
    "end": _("end {number}"),
    "enter": _("enter {number}"),
    "invite": _("invite {number} ines@example.com"),
    "leave": _("leave {number}"),
    "link": _("link {number}"),
    "move": _("move {number}"),
    "show": _("show {number}"),
    "start": _("start {number}"),
    "transfer": _("transfer {number} ines@example.com"),
    "transfer --accept": _("transfer {number} --accept"),
    "transfer --withdraw": _("transfer {number} --withdraw"),
    "uninvite": _("uninvite {number}"),
}


def words_about(command: CommandAboutOne, number: str) -> Words:
    """Return a command to type, with its word in the reader's language. ``number`` is a request's number or a session's code."""
    return Words(Text(_TEXTS[command].template, {"number": number}))
