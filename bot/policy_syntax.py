"""How rules are typed and stored: ``no pilot site:"Paris" except hours:08:00-18:00 days:mon-fri``."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TypeVar, assert_never
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.channel_refs import parse_channel
from bot.errors import Misunderstood
from bot.i18n import Words, _
from bot.model.ids import DASHES, email
from bot.model.mention import name_mentions
from bot.model.policy import Demand, Forbid, Hours, Limit, Per, RequireMail, Role, Rule, Scope, Weekday
from bot.model.session import Kind
from bot.values import replace, value_class

LONGEST_RULE = 400
"""Characters of a rule."""
HERE = "here"
"""What is typed for the channel that a command is sent in."""
_PRIVATE = "private"
_TOKEN = re.compile(
    r'(?:(?P<key>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*))|(?P<word>\S+))(?=\s|$)'
)
_TIME = re.compile(r"(\d{1,2})(?:[:h.](\d{2}))?h?", re.ASCII)
_CHANNEL = re.compile(r'[A-Z][A-Z0-9]+|\d+:[^\s"]+')
"""Ids of Slack are capital letters and digits, those of Teams begin with a number and a colon."""
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_DAYS: Mapping[str, Weekday] = {
    name: day
    for day, names in zip(
        Weekday,
        ("mon lun", "tue mar", "wed mer", "thu jeu", "fri ven", "sat sam", "sun dim"),
        strict=True,
    )
    for name in names.split()
}
"""The first three letters of each day, in English and French."""
_KINDS: Mapping[str, Kind | None] = {
    "sessions": None,
    "session": None,
    "remote": Kind.REMOTE,
    "pilot": Kind.PILOT,
}
_PER: Mapping[str, Per] = {
    "technician": Per.TECHNICIAN,
    "organization": Per.ORGANIZATION,
    "organisation": Per.ORGANIZATION,
}
EXAMPLES = {
    "no": Words('admin policy add no pilot site:"Paris"'),
    "most": Words("admin policy add at most 3 per technician"),
    "mail": Words("admin policy add mail pilot"),
    "site": Words('admin policy add no pilot site:"Paris"'),
    "group": Words('admin policy add no remote group:"Network"'),
    "channel": Words("admin policy add no sessions except channel:here"),
    "technician": Words("admin policy add no pilot technician:ines@example.com"),
    "role": Words("admin policy add no pilot except role:sdadmin"),
    "hours": Words("admin policy add no sessions except hours:08:00-18:00 days:mon-fri"),
    "days": Words("admin policy add no sessions days:sat-sun"),
    "zone": Words("admin policy add no sessions except hours:08:00-18:00 zone:Europe/Paris"),
}
"""An example for each part of a rule, for errors and the manual."""
T = TypeVar("T")


@dataclass(slots=True)
class _Reading:
    """A rule while it is read: the conditions of the part before "except" and of the part behind it."""

    parts: list[Scope] = field(default_factory=lambda: [Scope()])
    words: list[str] = field(default_factory=list)
    zone: str = ""


def parse_rule(typed: str) -> Rule:
    """Read a rule. ``HERE`` remains a channel of that name. Raises Misunderstood, with an example of what is meant."""
    if len(typed) > LONGEST_RULE:
        raise Misunderstood(
            _("A rule has {limit} characters at most. Divide it into several rules.", limit=LONGEST_RULE)
        )
    reading = _Reading()
    position = 0
    text = typed.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _not_understood(text[position:], "site" if '"' in text[position:] else "no")
        _read_token(found, reading)
        position = found.end() + len(text[found.end() :]) - len(text[found.end() :].lstrip())
    demand, kind = _read_demand(reading.words)
    where, unless = reading.parts[0], reading.parts[1] if len(reading.parts) > 1 else Scope()
    if len(reading.parts) > 1 and unless.is_empty:
        raise Misunderstood(
            _("After “except” a condition is missing. For example: {words}", words=EXAMPLES["hours"])
        )
    try:
        return Rule(demand, kind, where, unless, reading.zone)
    except ValueError:
        raise Misunderstood(
            _(
                "A limit counts open sessions of a technician or of everybody, whatever their site or group. For example: {words}",
                words=EXAMPLES["most"],
            )
        ) from None


def _read_token(found: re.Match[str], reading: _Reading) -> None:
    if found["key"] is None:
        word = found["word"].lower()
        if word in {"except", "sauf"} and len(reading.parts) == 1:
            reading.parts.append(Scope())
        else:
            reading.words.append(word)
        return
    key, value = found["key"].lower(), (found["quoted"] or found["value"] or "").strip()
    if key == "zone":
        reading.zone = _read_zone(value)
        return
    read = _CONDITIONS.get(key)
    if read is None:
        near = difflib.get_close_matches(key, [*_CONDITIONS, "zone"], n=1, cutoff=0.5)
        raise _not_understood(found[0], near[0] if near else "no")
    reading.parts[-1] = read(reading.parts[-1], value)


def _read_demand(words: Sequence[str]) -> tuple[Demand, Kind | None]:
    """Read what a rule demands, and the kind of session that it is about."""
    match words:
        case ["no" | "aucune", *rest]:
            return Forbid(), _read_kind(rest)
        case ["mail", "required", *rest] | ["mail", *rest]:
            return RequireMail(), _read_kind(rest)
        case ["at", "most", number, *rest] | ["most" | "max", number, *rest]:
            return _read_limit(number, rest)
        case []:
            raise Misunderstood(_("A rule is missing. For example: {words}", words=EXAMPLES["no"]))
        case _:
            raise Misunderstood(
                _(
                    "A rule begins with {no}, {most} or {mail}. For example: {words}",
                    no="no",
                    most="at most",
                    mail="mail",
                    words=EXAMPLES["no"],
                )
            )


def _read_limit(number: str, rest: Sequence[str]) -> tuple[Limit, Kind | None]:
    if not _NUMBER.fullmatch(number) or not int(number):
        raise _not_understood(number, "most")
    per = Per.TECHNICIAN
    words = [one for one in rest if one != "open"]
    match words:
        case [*kind, "per", whose] if whose in _PER:
            words, per = kind, _PER[whose]
        case [*kind, "in", "all"]:
            words, per = kind, Per.ORGANIZATION
    return Limit(int(number), per), _read_kind(words, "most")


def _read_kind(words: Sequence[str], example: str = "no") -> Kind | None:
    match words:
        case []:
            return None
        case [kind] if kind in _KINDS:
            return _KINDS[kind]
        case [kind, "sessions" | "session"] if kind in _KINDS:
            return _KINDS[kind]
        case _:
            raise _not_understood(" ".join(words), example)


def _not_understood(text: str, example: str) -> Misunderstood:
    return Misunderstood(
        _(
            "“{text}” is not understood in a rule. For example: {words}",
            text=name_mentions(text)[:60],
            words=EXAMPLES[example],
        )
    )


def _added(values: tuple[T, ...], value: T) -> tuple[T, ...]:
    return values if value in values else (*values, value)


def _with_site(scope: Scope, value: str) -> Scope:
    return replace(scope, sites=_added(scope.sites, _read_name(value, "site")))


def _with_group(scope: Scope, value: str) -> Scope:
    return replace(scope, groups=_added(scope.groups, _read_name(value, "group")))


def _read_name(value: str, example: str) -> str:
    name = " ".join(value.split())
    if not name:
        raise _not_understood(f"{example}:", example)
    return name


def _with_channel(scope: Scope, value: str) -> Scope:
    if value.lower() == _PRIVATE:
        return replace(scope, channels=_added(scope.channels, ""))
    if value.lower() == HERE:
        return replace(scope, channels=_added(scope.channels, HERE))
    try:
        channel = parse_channel(value).id if urlsplit(value).scheme == "https" else value
    except ValueError:
        channel = ""
    if not _CHANNEL.fullmatch(channel):
        raise Misunderstood(
            _(
                "“{text}” is not the id of a channel. Type the rule in that channel with {words}, or paste the channel’s link or id.",
                text=name_mentions(value)[:60],
                words=EXAMPLES["channel"],
            )
        )
    return replace(scope, channels=_added(scope.channels, channel))


def _with_technician(scope: Scope, value: str) -> Scope:
    if not re.fullmatch(r"[^\s<>|@]+@[^\s<>|@]+", value):
        raise Misunderstood(
            _(
                "A rule names a technician by their e-mail address. For example: {words}",
                words=EXAMPLES["technician"],
            )
        )
    return replace(scope, technicians=_added(scope.technicians, email(value)))


def _with_role(scope: Scope, value: str) -> Scope:
    try:
        role = Role(value.lower())
    except ValueError:
        raise _not_understood(f"role:{value}", "role") from None
    return replace(scope, roles=_added(scope.roles, role))


def _with_hours(scope: Scope, value: str) -> Scope:
    begin, _dash, end = re.sub(f"[{DASHES}]", "-", value).partition("-")
    try:
        hours = Hours(_read_time(begin), _read_time(end, is_end=True))
    except ValueError:
        raise _not_understood(f"hours:{value}", "hours") from None
    return replace(scope, hours=_added(scope.hours, hours))


def _read_time(text: str, *, is_end: bool = False) -> time:
    """Read a time of day. ``24`` is midnight as an end. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError
    hour, minute = int(found[1]), int(found[2] or 0)
    return time(0) if is_end and (hour, minute) == (24, 0) else time(hour, minute)


def _with_days(scope: Scope, value: str) -> Scope:
    try:
        days = {day for part in value.lower().split(",") for day in _read_days(part)}
    except KeyError:
        raise _not_understood(f"days:{value}", "days") from None
    return replace(scope, days=scope.days | days)


def _read_days(part: str) -> Iterable[Weekday]:
    """Read one day or a range of days, which may go over the end of the week. Raises KeyError."""
    first, *last = re.split(f"[{DASHES}]", part.strip())
    begin = _DAYS[first[:3]]
    end = _DAYS["".join(last)[:3]] if last else begin
    return [Weekday((begin + step) % 7) for step in range((end - begin) % 7 + 1)]


def _read_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _not_understood(f"zone:{value}", "zone") from None


_CONDITIONS: Mapping[str, Callable[[Scope, str], Scope]] = {
    "site": _with_site,
    "group": _with_group,
    "channel": _with_channel,
    "technician": _with_technician,
    "role": _with_role,
    "hours": _with_hours,
    "days": _with_days,
}


def rule_words(rule: Rule) -> str:
    """Return a rule as it is typed. ``parse_rule`` reads the same rule from it."""
    words = [_demand_words(rule.demand, rule.kind), *_scope_words(rule.where)]
    if not rule.unless.is_empty:
        words += ["except", *_scope_words(rule.unless)]
    return " ".join([*words, *([f"zone:{rule.zone}"] if rule.zone else [])])


def _demand_words(demand: Demand, kind: Kind | None) -> str:
    match demand:
        case Forbid():
            return f"no {kind.value if kind else 'sessions'}"
        case Limit(most, per):
            return " ".join(["at most", str(most), *([kind.value] if kind else []), "per", per.value])
        case RequireMail():
            return f"mail {kind.value if kind else 'sessions'}"
        case _:
            assert_never(demand)


def _scope_words(scope: Scope) -> list[str]:
    return [
        *(f'site:"{one}"' for one in scope.sites),
        *(f'group:"{one}"' for one in scope.groups),
        *(f'channel:"{one}"' if one else "channel:private" for one in scope.channels),
        *(f"technician:{one}" for one in scope.technicians),
        *(f"role:{one.value}" for one in scope.roles),
        *(f"hours:{one.begin:%H:%M}-{one.end:%H:%M}" for one in scope.hours),
        *([f"days:{','.join(one.name.lower() for one in sorted(scope.days))}"] if scope.days else []),
    ]


def in_channel(rule: Rule, channel: str) -> Rule:
    """Return a rule in which ``HERE`` is a channel: empty for a private chat with the bot."""

    def placed(scope: Scope) -> Scope:
        return replace(scope, channels=tuple(channel if one == HERE else one for one in scope.channels))

    return replace(rule, where=placed(rule.where), unless=placed(rule.unless))


class FormDemand(StrEnum):
    """What can be chosen in the form for a new rule, as it is typed."""

    NO_SESSIONS = "no sessions"
    NO_REMOTE = "no remote"
    NO_PILOT = "no pilot"
    MOST_PER_TECHNICIAN = "at most per technician"
    MOST_IN_ALL = "at most per organization"
    MAIL = "mail sessions"


@value_class
class FormFields:
    """What was sent with the form for a new rule. Texts are as they were typed, empty where nothing was."""

    demand: FormDemand
    most: str = ""
    site: str = ""
    group: str = ""
    channel: str = ""
    hours: str = ""
    days: str = ""


def read_demand(chosen: str) -> FormDemand:
    """Return what was chosen in the form. Raises Misunderstood for anything that cannot be chosen."""
    try:
        return FormDemand(chosen)
    except ValueError:
        raise Misunderstood(_("Choose first what the rule demands.")) from None


def form_words(sent: FormFields) -> str:
    """Return the rule that a form describes, as it is typed. ``parse_rule`` finds what is wrong with a field.

    Raises Misunderstood if a limit has no number.
    """
    demand = sent.demand.value
    if sent.demand in {FormDemand.MOST_PER_TECHNICIAN, FormDemand.MOST_IN_ALL}:
        if not sent.most.strip():
            raise Misunderstood(_("Type how many sessions may be open at once."))
        demand = demand.replace("at most", f"at most {sent.most.strip()}")
    where = [
        f'{key}:"{_without_quotes(value)}"'
        for key, value in (("site", sent.site), ("group", sent.group), ("channel", sent.channel))
        if value.strip()
    ]
    unless = [
        f"{key}:{''.join(value.split())}"
        for key, value in (("hours", sent.hours), ("days", sent.days))
        if value.strip()
    ]
    return " ".join([demand, *where, *(["except", *unless] if unless else [])])


def _without_quotes(value: str) -> str:
    return value.replace('"', "").strip()
