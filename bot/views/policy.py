"""Rules in words, and the views of them: the list of rules, and the form for a new one."""

from collections.abc import Sequence
from datetime import time
from functools import reduce
from typing import assert_never

from bot.channel_refs import parse_channel
from bot.commands import AdminStatus, OpenPolicyForm, RemoveRule
from bot.i18n import ChannelRef, Text, _, n_
from bot.model.policy import (
    Forbid,
    Hours,
    Limit,
    NumberedRule,
    Per,
    RequireMail,
    Role,
    Rule,
    Scope,
    Weekday,
)
from bot.model.session import Kind
from bot.policy_syntax import FormDemand
from bot.values import value_class
from bot.views.parts import Button, Confirmation, Question, Style

_DAYS = {
    Weekday.MON: _("Monday"),
    Weekday.TUE: _("Tuesday"),
    Weekday.WED: _("Wednesday"),
    Weekday.THU: _("Thursday"),
    Weekday.FRI: _("Friday"),
    Weekday.SAT: _("Saturday"),
    Weekday.SUN: _("Sunday"),
}


@value_class
class PolicyPage:
    """The rules, each with a button that removes it. ``zone`` is the organization's time zone.

    ``said`` says what was just changed, or that nothing was. ``is_shared``: it was requested in an administration channel,
    where everybody may see it and press its buttons.
    """

    rules: Sequence[NumberedRule]
    zone: str
    said: Confirmation | None = None
    is_shared: bool = False


@value_class
class PolicyForm:
    """The form for a new rule. What is sent is first tried on past sessions. ``channel`` is where its answer belongs.

    ``channel`` is empty for a private chat.
    """

    channel: str
    zone: str


FORM_DEMANDS = {
    FormDemand.NO_SESSIONS: _("No sessions"),
    FormDemand.NO_REMOTE: _("No remote sessions"),
    FormDemand.NO_PILOT: _("No Pilot sessions"),
    FormDemand.MOST_PER_TECHNICIAN: _("A limit of open sessions for each technician"),
    FormDemand.MOST_IN_ALL: _("A limit of open sessions in the whole organization"),
    FormDemand.MAIL: _("The requester must get an e-mail"),
}
"""The choices of the form in words."""
LONGEST_FIELD = 100
"""Characters of a text in the form."""
MOST_FIELD, SITE_FIELD, GROUP_FIELD, HOURS_FIELD, DAYS_FIELD = "most", "site", "group", "hours", "days"


@value_class
class FormField:
    """A text in the form for a new rule. ``example`` shows how it is typed."""

    name: str
    label: Text
    example: str


FORM_FIELDS = (
    FormField(MOST_FIELD, _("How many, for a limit"), "3"),
    FormField(SITE_FIELD, _("Only for the site"), "Paris"),
    FormField(GROUP_FIELD, _("Only for the group"), "Network"),
    FormField(HOURS_FIELD, _("Except from … to …"), "08:00-18:00"),
    FormField(DAYS_FIELD, _("Except on these days"), "mon-fri"),
)
"""The texts of the form. All of them are optional."""


def remove_button(stored: NumberedRule, own_zone: str) -> Button:
    """Return the button that removes a rule. It asks first."""
    question = Question(
        _("Remove rule {number}?", number=stored.number),
        _("{rule}.", rule=rule_text(stored.rule, own_zone)),
        _("Remove it"),
        _("Keep it"),
    )
    return Button(
        _("Remove"),
        RemoveRule(stored.number),
        Style.DANGER,
        question,
        about=_("Rule {number}", number=stored.number),
    )


def rule_line(stored: NumberedRule, own_zone: str) -> Text:
    """Return a rule with its number."""
    return _("Rule {number}: {rule}", number=stored.number, rule=rule_text(stored.rule, own_zone))


def policy_buttons() -> list[Button]:
    """Return the buttons below the rules."""
    return [
        Button(_("New rule"), OpenPolicyForm(), Style.PRIMARY),
        Button(_("Administration"), AdminStatus()),
    ]


NO_RULES = _("There are no rules: every technician may create sessions for every open request.")


def rule_text(rule: Rule, own_zone: str) -> Text:
    """Return a rule as a sentence without a full stop. ``own_zone`` is the organization's time zone."""
    text = _all_of([_demand_text(rule), *_scope_texts(rule.where)])
    if not rule.unless.is_empty:
        text = _("{rule}, except {conditions}", rule=text, conditions=_all_of(_scope_texts(rule.unless)))
    if any(scope.hours or scope.days for scope in (rule.where, rule.unless)):
        text = _("{rule} (time zone {zone})", rule=text, zone=rule.zone or own_zone)
    return text


def _demand_text(rule: Rule) -> Text:
    match rule.demand:
        case Forbid():
            return _forbidden_text(rule.kind)
        case Limit(most, per):
            return _limit_text(most, per, rule.kind)
        case RequireMail():
            return _required_mail_text(rule.kind)
        case _:
            assert_never(rule.demand)


def _forbidden_text(kind: Kind | None) -> Text:
    match kind:
        case None:
            return _("No sessions")
        case Kind.REMOTE:
            return _("No remote sessions")
        case Kind.PILOT:
            return _("No Pilot sessions")
        case _:
            assert_never(kind)


def _limit_text(most: int, per: Per, kind: Kind | None) -> Text:
    match kind:
        case None:
            sessions = n_("At most {count} open session", "At most {count} open sessions", most)
        case Kind.REMOTE:
            sessions = n_("At most {count} open remote session", "At most {count} open remote sessions", most)
        case Kind.PILOT:
            sessions = n_("At most {count} open Pilot session", "At most {count} open Pilot sessions", most)
        case _:
            assert_never(kind)
    match per:
        case Per.TECHNICIAN:
            return _("{sessions} for each technician", sessions=sessions)
        case Per.ORGANIZATION:
            return _("{sessions} in the whole organization", sessions=sessions)
        case _:
            assert_never(per)


def _required_mail_text(kind: Kind | None) -> Text:
    match kind:
        case None:
            return _("The requester must get an e-mail")
        case Kind.REMOTE:
            return _("For remote sessions the requester must get an e-mail")
        case Kind.PILOT:
            return _("For Pilot sessions the requester must get an e-mail")
        case _:
            assert_never(kind)


def _scope_texts(scope: Scope) -> list[Text]:
    return [
        *([_("for site {names}", names=_names(scope.sites))] if scope.sites else []),
        *([_("for group {names}", names=_names(scope.groups))] if scope.groups else []),
        *([_("in {channels}", channels=_channels(scope.channels))] if scope.channels else []),
        *(
            [_("by {technicians}", technicians=_any_of([_as_text(one) for one in scope.technicians]))]
            if scope.technicians
            else []
        ),
        *([_("by {roles}", roles=_any_of([_role_text(one) for one in scope.roles]))] if scope.roles else []),
        *([_any_of([_hours_text(one) for one in scope.hours])] if scope.hours else []),
        *([_days_text(scope.days)] if scope.days else []),
    ]


def _names(names: Sequence[str]) -> Text:
    return _any_of([_("“{name}”", name=one) for one in names])


def _channels(channels: Sequence[str]) -> Text:
    return _any_of(
        [
            Text("{channel}", {"channel": _channel(one)}) if one else _("private chats with the bot")
            for one in channels
        ]
    )


def _channel(channel: str) -> ChannelRef:
    return parse_channel(channel)


def _as_text(value: str) -> Text:
    return Text("{value}", {"value": value})


def _role_text(role: Role) -> Text:
    match role:
        case Role.SDADMIN:
            return _("SDAdmins")
        case Role.TECHNICIAN:
            return _("technicians who are not SDAdmins")
        case _:
            assert_never(role)


def _hours_text(hours: Hours) -> Text:
    end = "24:00" if hours.end == time(0) else f"{hours.end:%H:%M}"
    return _("from {begin} to {end}", begin=f"{hours.begin:%H:%M}", end=end)


def _days_text(days: frozenset[Weekday]) -> Text:
    """Name days that follow each other as a range, and others one by one."""
    first, last = min(days), max(days)
    if len(days) > 2 and len(days) == last - first + 1:  # noqa: PLR2004 - two days are no range
        return _("from {first} to {last}", first=_DAYS[first], last=_DAYS[last])
    return _("on {days}", days=_any_of([_DAYS[one] for one in sorted(days)]))


def _any_of(texts: Sequence[Text]) -> Text:
    return reduce(lambda first, second: _("{first} or {second}", first=first, second=second), texts)


def _all_of(texts: Sequence[Text]) -> Text:
    return reduce(lambda first, second: Text("{first} {second}", {"first": first, "second": second}), texts)
