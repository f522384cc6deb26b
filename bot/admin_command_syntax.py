"""The table of administration commands, which are typed after ``admin``."""

import re
from functools import partial

from bot.command_options import no_arguments, read_arguments
from bot.command_row import ON_OR_OFF, CommandRow, usage_error
from bot.commands import (
    AddRule,
    AdminHelp,
    AdminStatus,
    ChangeAdmin,
    Command,
    ConfirmAccount,
    ListAdmins,
    OpenPolicyForm,
    RemoveRule,
    RunDoctor,
    ShowAuditLog,
    ShowConnections,
    ShowPolicy,
    ShowReport,
    SwitchIntegration,
    SwitchWidget,
    TryRule,
)
from bot.errors import Misunderstood
from bot.i18n import Words, _
from bot.model.ids import email
from bot.model.mention import name_mentions, parse_mention
from bot.model.report import Period
from bot.model.switches import Location
from bot.policy_syntax import parse_rule, rule_words
from bot.values import replace

ADDRESS = re.compile(r"[^\s<>|@]+@[^\s<>|@]+")
"""An e-mail address."""
_RULE_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def parse_admin_command(admin_row: CommandRow, rest: str) -> Command:
    """Parse what is typed after ``admin``. Raises Misunderstood."""
    name, _space, more = rest.partition(" ")
    if not name:
        return AdminHelp()
    row = ADMIN_COMMAND_TABLE.get(name.lower())
    if row is None:
        read_arguments(admin_row, name)
        raise Misunderstood(
            _(
                "Unknown command “admin {word}”. Type {words} to see all admin commands.",
                word=name_mentions(name)[:40],
                words=Words("admin"),
            )
        )
    if row.takes_quotes:
        return row.parse(row, more)
    return row.parse(row, read_arguments(row, more).words)


def _parse_status(row: CommandRow, rest: str) -> Command:
    if not rest:
        return AdminStatus()
    if rest.lower() not in ON_OR_OFF:
        raise usage_error(row)
    return SwitchIntegration(ON_OR_OFF[rest.lower()])


def _parse_widget(row: CommandRow, rest: str) -> Command:
    switch, _space, place = rest.lower().partition(" ")
    if switch not in ON_OR_OFF or (place and place not in set(Location)):
        raise usage_error(row)
    return SwitchWidget(ON_OR_OFF[switch], Location(place) if place else None)


def _parse_grant(row: CommandRow, rest: str, *, on: bool) -> Command:
    mention = parse_mention(rest)
    if mention is not None:
        return ChangeAdmin(mention.user, on)
    # Somebody who has left the chat, or is not in it yet, cannot be mentioned.
    if ADDRESS.fullmatch(rest):
        return ChangeAdmin(email(rest), on)
    if not rest:
        raise usage_error(row)
    raise Misunderstood(
        _(
            "“{text}” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type the address: {words}",
            text=name_mentions(rest)[:40],
            words=row.example_with_address,
        )
    )


def _parse_confirm(row: CommandRow, rest: str) -> Command:
    mention = parse_mention(rest)
    if mention is not None:
        return ConfirmAccount(mention.user)
    if not rest:
        raise usage_error(row)
    raise Misunderstood(
        _(
            "“{text}” is not a mention. Choose the person in the list that opens after @. An e-mail address does not say which account is meant.",
            text=name_mentions(rest)[:40],
        )
    )


def _parse_audit(row: CommandRow, rest: str) -> Command:
    if not rest:
        return ShowAuditLog()
    if not (rest.isascii() and rest.isdigit()) or int(rest) < 1:
        raise usage_error(row)
    return ShowAuditLog(int(rest))


def _parse_policy(row: CommandRow, rest: str) -> Command:
    name, _space, rule = rest.partition(" ")
    match name.lower():
        case "add":
            return AddRule(rule_words(parse_rule(rule)))
        case "try":
            return TryRule(rule_words(parse_rule(rule)))
    words = read_arguments(row, rest).words.lower()
    match words.split():
        case []:
            return ShowPolicy()
        case ["form"]:
            return OpenPolicyForm()
        case ["remove", number] if _RULE_NUMBER.fullmatch(number) and int(number):
            return RemoveRule(int(number))
        case ["remove", *_rest]:
            raise Misunderstood(
                _(
                    "To remove a rule, type its number. For example: {words}",
                    words=Words("admin policy remove 3"),
                )
            )
        case _:
            raise usage_error(row)


def _parse_report(row: CommandRow, rest: str) -> Command:
    if not rest:
        return ShowReport()
    if rest.lower() not in set(Period):
        raise usage_error(row)
    return ShowReport(Period(rest.lower()))


_ROWS = (
    CommandRow(
        "status",
        "[on|off]",
        _("See what is switched on; switch the whole integration on or off."),
        (_("admin status off"),),
        _parse_status,
    ),
    CommandRow(
        "enable",
        "",
        _("Switch the integration on for every technician."),
        (_("admin enable"),),
        no_arguments(SwitchIntegration(on=True)),
    ),
    CommandRow(
        "disable",
        "",
        _("Switch the integration off for everybody."),
        (_("admin disable"),),
        no_arguments(SwitchIntegration(on=False)),
    ),
    CommandRow(
        "widget",
        "on|off [message|home|unfurl]",
        _("Switch the widget, or one of its places."),
        (_("admin widget off unfurl"),),
        _parse_widget,
    ),
    CommandRow(
        "connections",
        "",
        _("Reuse a TeamViewer connection, or make a new one."),
        (_("admin connections"),),
        no_arguments(ShowConnections()),
    ),
    CommandRow(
        "grant",
        "@user|E-MAIL",
        _("Make a technician an SDAdmin."),
        (_("admin grant ines@example.com"),),
        partial(_parse_grant, on=True),
    ),
    CommandRow(
        "revoke",
        "@user|E-MAIL",
        _("Remove the SDAdmin role."),
        (_("admin revoke ines@example.com"),),
        partial(_parse_grant, on=False),
    ),
    CommandRow(
        "confirm",
        "@user",
        _("Confirm whose account it is, after its e-mail address has changed or was somebody else’s."),
        (_("admin confirm @Ines"),),
        _parse_confirm,
    ),
    CommandRow("admins", "", _("See who is an SDAdmin."), (_("admin admins"),), no_arguments(ListAdmins())),
    CommandRow(
        "audit",
        "[N]",
        _("See who changed what, connected which account, created and ended which session."),
        (_("admin audit 20"),),
        _parse_audit,
    ),
    CommandRow(
        "report",
        "[week|month]",
        _("See how many sessions there were, how they went, and how long requesters waited."),
        (_("admin report month"),),
        _parse_report,
    ),
    CommandRow(
        "policy",
        "[add RULE|try RULE|remove NUMBER|form]",
        _(
            "See, add and remove the rules about which sessions may be created; try shows what a rule would have refused."
        ),
        (
            _("admin policy"),
            _('admin policy try no pilot site:"Paris"'),
            _("admin policy add no sessions except hours:08:00-18:00 days:mon-fri"),
            _("admin policy remove 3"),
        ),
        _parse_policy,
        takes_quotes=True,
    ),
    CommandRow(
        "doctor",
        "",
        _("Check everything that the bot depends on, and see what to do where a check fails."),
        (_("admin doctor"),),
        no_arguments(RunDoctor()),
    ),
)
ADMIN_COMMAND_TABLE = {row.name: replace(row, prefix="admin ") for row in _ROWS}
"""Every administration command by its name, in the order in which help lists them."""
