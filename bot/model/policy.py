"""The rules of SDAdmins about which sessions may be created: each is a refusal, and all of them must let a session pass.

What is not known yet (``UNKNOWN``) leaves a rule undecided: a request's site and group are known only after it was read.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from enum import Enum, IntEnum, StrEnum, auto
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.model.ids import Email
from bot.model.sanitize import sanitize
from bot.model.session import Kind
from bot.values import field, value_class

MOST_RULES = 50
"""Most rules at a time: one message shows all of them, and every creation reads them."""
_DAY = timedelta(days=1)
_QUOTES = str.maketrans({"\u2019": "'", **dict.fromkeys('"\u201c\u201d\u201e\u00ab\u00bb', "")})
"""Quotation marks, which rules are typed with, do not count in a name."""


class Unknown(Enum):
    """What is not known, or not yet."""

    UNKNOWN = auto()


UNKNOWN = Unknown.UNKNOWN
Known = str | Unknown
"""A text. Empty: there is none."""


class Role(StrEnum):
    """Whom a rule is about."""

    TECHNICIAN = "technician"
    """A technician who is no SDAdmin."""
    SDADMIN = "sdadmin"


class Per(StrEnum):
    """Whose open sessions a limit counts."""

    TECHNICIAN = "technician"
    ORGANIZATION = "organization"


class Weekday(IntEnum):
    """A day of the week, as ``date.weekday`` counts them."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@value_class(order=True)
class Hours:
    """A time of day, from ``begin`` to before ``end``. With an ``end`` that is not later it goes on to the next day.

    ``time(0)`` as the end is midnight.
    """

    begin: time
    end: time

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("no time between two equal times")

    def holds(self, local: datetime, days: frozenset[Weekday]) -> bool:
        """Whether a moment by the local clock lies in it, on one of ``days`` (none: on any).

        What goes on after midnight belongs to the day on which it began.
        """
        clock = local.time()
        today, yesterday = Weekday(local.weekday()), Weekday((local - _DAY).weekday())
        if self.begin < self.end:
            return self.begin <= clock < self.end and _is_among(today, days)
        return (clock >= self.begin and _is_among(today, days)) or (
            clock < self.end and _is_among(yesterday, days)
        )


def _is_among(day: Weekday, days: frozenset[Weekday]) -> bool:
    return not days or day in days


@value_class
class Creation:
    """A session that is to be created, as far as rules ask about it.

    ``at`` is when its command was accepted. ``channel`` is empty for a private chat with the bot. ``site`` and ``group`` are
    those of its request, empty where it has none. ``is_mailed``: whether its requester got a mail.
    """

    kind: Kind
    technician: Email
    at: datetime
    channel: Known = UNKNOWN
    is_admin: bool | Unknown = UNKNOWN
    site: Known = UNKNOWN
    group: Known = UNKNOWN
    is_mailed: bool | Unknown = UNKNOWN


@value_class
class Scope:
    """Conditions on a creation. All of those that are given must hold, and of each one value is enough.

    ``channels``: ids of chat channels; the empty one is every private chat with the bot.
    """

    sites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    technicians: tuple[Email, ...] = ()
    roles: tuple[Role, ...] = ()
    hours: tuple[Hours, ...] = ()
    days: frozenset[Weekday] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether no condition is given."""
        return self == Scope()

    @property
    def reads_request(self) -> bool:
        """Whether it depends on the request, which is not read yet when a command is accepted."""
        return bool(self.sites or self.groups)

    def holds(self, creation: Creation, zone: ZoneInfo) -> bool | None:
        """Whether all conditions hold. None: what is known does not decide it. Without conditions it holds."""
        role = creation.is_admin
        return _all_hold(
            [
                _has_name(self.sites, creation.site),
                _has_name(self.groups, creation.group),
                _is_one_of(self.channels, creation.channel),
                _is_one_of(self.technicians, creation.technician),
                _is_one_of(
                    self.roles, role if role is UNKNOWN else Role.SDADMIN if role else Role.TECHNICIAN
                ),
                self._holds_at(creation.at.astimezone(zone)),
            ]
        )

    def _holds_at(self, local: datetime) -> bool:
        if not self.hours:
            return _is_among(Weekday(local.weekday()), self.days)
        return any(one.holds(local, self.days) for one in self.hours)


def normalize_name(name: str) -> str:
    """Return the form in which names of sites and groups are compared: people type other quotes, spaces and capitals."""
    plain = unicodedata.normalize("NFKC", sanitize(name)).translate(_QUOTES)
    return " ".join(plain.split()).casefold()


def _has_name(names: Iterable[str], value: Known) -> bool | None:
    return _is_one_of(
        [normalize_name(one) for one in names], value if value is UNKNOWN else normalize_name(value)
    )


def _is_one_of(wanted: Sequence[str], value: Known) -> bool | None:
    if not wanted:
        return True
    return None if value is UNKNOWN else value in wanted


def _all_hold(found: Iterable[bool | None]) -> bool | None:
    """Join answers by "and": one that is False decides, else one that is unknown leaves it open."""
    answers = set(found)
    if False in answers:
        return False
    return None if None in answers else True


@value_class
class Forbid:
    """No such session may be created."""


@value_class
class Limit:
    """At most so many sessions may be open at once, those that are being created included."""

    most: int
    per: Per = Per.TECHNICIAN

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("no limit")


@value_class
class RequireMail:
    """The requester must be told by mail."""


Demand = Forbid | Limit | RequireMail


@value_class
class Rule:
    """A rule: what it demands, of which creations.

    It is about sessions of one ``kind`` (None: of both) for which ``where`` holds, except those for which ``unless`` holds.
    ``zone`` is the IANA name of the time zone of its hours and days. Empty: the organization's.
    """

    demand: Demand
    kind: Kind | None = None
    where: Scope = field(default_factory=Scope)
    unless: Scope = field(default_factory=Scope)
    zone: str = ""

    def __post_init__(self) -> None:
        # How many sessions are open is counted when a command is accepted: the request is not read yet.
        if isinstance(self.demand, Limit) and (self.where.reads_request or self.unless.reads_request):
            raise ValueError("a limit cannot depend on the request")

    def applies_to(self, creation: Creation, own_zone: str) -> bool | None:
        """Whether the rule is about a creation. None: what is known does not decide it. ``own_zone`` is the organization's."""
        if self.kind not in {None, creation.kind}:
            return False
        zone = ZoneInfo(self.zone or own_zone)
        if self.unless.is_empty:
            return self.where.holds(creation, zone)
        is_excepted = self.unless.holds(creation, zone)
        return _all_hold([self.where.holds(creation, zone), None if is_excepted is None else not is_excepted])

    def refuses(self, creation: Creation, own_zone: str) -> bool | None:
        """Whether the rule refuses a creation, by what is known of it alone. None: that is not decided.

        A limit is never decided here: ``applies_to`` says whether it counts.
        """
        applies = self.applies_to(creation, own_zone)
        match self.demand:
            case Forbid():
                return applies
            case RequireMail():
                is_mailed = creation.is_mailed
                return _all_hold([applies, None if is_mailed is UNKNOWN else not is_mailed])
            case Limit():
                return None if applies is not False else False
            case _:
                assert_never(self.demand)


@value_class
class NumberedRule:
    """A stored rule with its number, which no other rule ever gets."""

    number: int
    rule: Rule


@value_class
class Origin:
    """What is stored of a session for rules. Site and group are unknown until its request was read."""

    channel: str
    is_admin: bool
    site: Known = UNKNOWN
    group: Known = UNKNOWN


@value_class
class PastSession:
    """A session that was created, for a try of a rule. ``over_at`` is when it was over. None: it is open."""

    number: str
    creation: Creation
    over_at: datetime | None


@value_class
class Trial:
    """What a rule would have done to past sessions: those it would have refused, newest first, and how many are unclear."""

    seen: int
    refused: Sequence[PastSession]
    unknown: int


def try_rule(rule: Rule, past: Sequence[PastSession], own_zone: str, *, since: datetime) -> Trial:
    """Return what a rule would have done to the past sessions since a moment. Older ones only count for a limit."""
    oldest_first = sorted(past, key=lambda one: one.creation.at)
    decided = _replay(rule, oldest_first, own_zone)
    recent = [(one, refuses) for one, refuses in decided if one.creation.at >= since]
    refused = [one for one, refuses in recent if refuses]
    return Trial(len(recent), refused[::-1], sum(refuses is None for _one, refuses in recent))


Decided = list[tuple[PastSession, bool | None]]
"""Past sessions, each with whether a rule would have refused it. None: that is not known."""


def _replay(rule: Rule, oldest_first: Sequence[PastSession], own_zone: str) -> Decided:
    match rule.demand:
        case Forbid() | RequireMail():
            return [(one, rule.refuses(one.creation, own_zone)) for one in oldest_first]
        case Limit():
            return _replay_limit(rule, rule.demand, oldest_first, own_zone)
        case _:
            assert_never(rule.demand)


def _replay_limit(rule: Rule, limit: Limit, oldest_first: Sequence[PastSession], own_zone: str) -> Decided:
    """Replay sessions with a limit. One that it would have refused does not count for those after it."""
    open_ones: list[PastSession] = []
    decided: Decided = []
    for one in oldest_first:
        at = one.creation.at
        open_ones = [other for other in open_ones if other.over_at is None or other.over_at > at]
        counted = [
            other for other in open_ones if counts_for(rule.kind, limit.per, other.creation, one.creation)
        ]
        refuses = rule.applies_to(one.creation, own_zone) if len(counted) >= limit.most else False
        decided.append((one, refuses))
        if not refuses:
            open_ones.append(one)
    return decided


def counts_for(kind: Kind | None, per: Per, other: Creation, new: Creation) -> bool:
    """Whether an open session counts where a new one is to be created."""
    match per:
        case Per.TECHNICIAN:
            is_counted = other.technician == new.technician
        case Per.ORGANIZATION:
            is_counted = True
        case _:
            assert_never(per)
    return is_counted and kind in {None, other.kind}
