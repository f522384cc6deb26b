"""The words behind ``admin``: a table of their own, read as the table of words is."""

import re
from dataclasses import replace

from bot.commands import (
    AdminHelp,
    Admins,
    AdminStatus,
    Command,
    Grant,
    SeeConnections,
    SeeTrail,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import Misunderstood
from bot.grammar_word import Parse, Word, nothing_behind, usage
from bot.i18n import Words, _
from bot.model.switches import Location

_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>|<at id=\"([^\"]+)\">.*</at>")
ADDRESS = re.compile(r"(?:<mailto:)?([^\s<>|@]+@[^\s<>|@]+)(?:\|[^>]*)?>?")
"""An e-mail address, as typed or as Slack escapes it."""
_ON = {"on": True, "off": False}


def read(_word: Word, rest: str) -> Command:
    """Read what stands behind ``admin``. Raises Misunderstood."""
    name, _space, more = rest.partition(" ")
    if not name:
        return AdminHelp()
    word = ADMIN_WORDS.get(name.lower())
    if word is None:
        raise Misunderstood(
            _(
                "There is no word “{word}” behind admin. Type {words} to see what there is.",
                word=name[:40],
                words=Words("admin"),
            )
        )
    return word.parse(word, more.strip())


def _status(word: Word, rest: str) -> Command:
    if not rest:
        return AdminStatus()
    if rest.lower() not in _ON:
        raise usage(word)
    return SwitchIntegration(_ON[rest.lower()])


def _widget(word: Word, rest: str) -> Command:
    switch, _space, place = rest.lower().partition(" ")
    if switch not in _ON or (place and place not in set(Location)):
        raise usage(word)
    return SwitchWidget(_ON[switch], Location(place) if place else None)


def _grant(*, on: bool) -> Parse:
    def parse(word: Word, rest: str) -> Command:
        found = _MENTION.fullmatch(rest)
        if found is not None:
            return Grant(found[1] or found[2], on)
        address = ADDRESS.fullmatch(rest)
        if on or address is None:  # who has left can only be named by their address
            raise usage(word)
        return Grant(address[1].lower(), on)

    return parse


def _audit(word: Word, rest: str) -> Command:
    if not rest:
        return SeeTrail()
    if not (rest.isascii() and rest.isdigit()) or int(rest) < 1:
        raise usage(word)
    return SeeTrail(int(rest))


_ALL = (
    Word("status", "[on|off]", _("See the switches; switch the whole integration on or off."), _status),
    Word(
        "enable",
        "",
        _("Switch the integration on for every technician."),
        nothing_behind(SwitchIntegration(on=True)),
    ),
    Word(
        "disable",
        "",
        _("Switch the integration off for everybody."),
        nothing_behind(SwitchIntegration(on=False)),
    ),
    Word("widget", "on|off [message|home|unfurl]", _("Switch the widget, or one of its places."), _widget),
    Word(
        "connections",
        "",
        _("Reuse a TeamViewer connection, or make a new one."),
        nothing_behind(SeeConnections()),
    ),
    Word("grant", "@user", _("Make a technician an SDAdmin."), _grant(on=True)),
    Word("revoke", "@user|E-MAIL", _("Take it back."), _grant(on=False)),
    Word("admins", "", _("See who is an SDAdmin."), nothing_behind(Admins())),
    Word(
        "audit",
        "[N]",
        _("See who changed what, connected which account, created and ended which session."),
        _audit,
    ),
)
ADMIN_WORDS = {word.name: replace(word, prefix="admin ") for word in _ALL}
