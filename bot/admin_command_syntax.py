"""The words behind ``admin``: a table of their own, read as the table of words is."""

import re
from dataclasses import replace

from bot.command_row import CommandRow, Parse, nothing_behind, usage
from bot.commands import (
    AdminHelp,
    AdminStatus,
    ChangeAdmin,
    Command,
    ListAdmins,
    ShowAuditLog,
    ShowConnections,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import Misunderstood
from bot.i18n import Words, _
from bot.model.mention import parse_mention
from bot.model.switches import Location

ADDRESS = re.compile(r"[^\s<>|@]+@[^\s<>|@]+")
"""An e-mail address."""
_ON = {"on": True, "off": False}


def read(_word: CommandRow, rest: str) -> Command:
    """Read what stands behind ``admin``. Raises Misunderstood."""
    name, _space, more = rest.partition(" ")
    if not name:
        return AdminHelp()
    word = ADMIN_COMMAND_TABLE.get(name.lower())
    if word is None:
        raise Misunderstood(
            _(
                "There is no word “{word}” behind admin. Type {words} to see what there is.",
                word=name[:40],
                words=Words("admin"),
            )
        )
    return word.parse(word, more.strip())


def _status(word: CommandRow, rest: str) -> Command:
    if not rest:
        return AdminStatus()
    if rest.lower() not in _ON:
        raise usage(word)
    return SwitchIntegration(_ON[rest.lower()])


def _widget(word: CommandRow, rest: str) -> Command:
    switch, _space, place = rest.lower().partition(" ")
    if switch not in _ON or (place and place not in set(Location)):
        raise usage(word)
    return SwitchWidget(_ON[switch], Location(place) if place else None)


def _grant(*, on: bool) -> Parse:
    def parse(word: CommandRow, rest: str) -> Command:
        mention = parse_mention(rest)
        if mention is not None:
            return ChangeAdmin(mention.user, on)
        # Somebody who has left the chat can no longer be mentioned, so their address is accepted to revoke.
        if on or not ADDRESS.fullmatch(rest):
            raise usage(word)
        return ChangeAdmin(rest.lower(), on)

    return parse


def _audit(word: CommandRow, rest: str) -> Command:
    if not rest:
        return ShowAuditLog()
    if not (rest.isascii() and rest.isdigit()) or int(rest) < 1:
        raise usage(word)
    return ShowAuditLog(int(rest))


_ALL = (
    CommandRow("status", "[on|off]", _("See the switches; switch the whole integration on or off."), _status),
    CommandRow(
        "enable",
        "",
        _("Switch the integration on for every technician."),
        nothing_behind(SwitchIntegration(on=True)),
    ),
    CommandRow(
        "disable",
        "",
        _("Switch the integration off for everybody."),
        nothing_behind(SwitchIntegration(on=False)),
    ),
    CommandRow(
        "widget", "on|off [message|home|unfurl]", _("Switch the widget, or one of its places."), _widget
    ),
    CommandRow(
        "connections",
        "",
        _("Reuse a TeamViewer connection, or make a new one."),
        nothing_behind(ShowConnections()),
    ),
    CommandRow("grant", "@user", _("Make a technician an SDAdmin."), _grant(on=True)),
    CommandRow("revoke", "@user|E-MAIL", _("Take it back."), _grant(on=False)),
    CommandRow("admins", "", _("See who is an SDAdmin."), nothing_behind(ListAdmins())),
    CommandRow(
        "audit",
        "[N]",
        _("See who changed what, connected which account, created and ended which session."),
        _audit,
    ),
)
ADMIN_COMMAND_TABLE = {word.name: replace(word, prefix="admin ") for word in _ALL}
