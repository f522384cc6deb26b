"""Read the time for which a session is planned, as people type it in English and in French.

``read_time`` says what was typed. ``TypedTime.resolve`` finds the moment in a person's time zone.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import ClassVar

from bot.errors import Misunderstood
from bot.i18n import Text, Words, _
from bot.typed_text import normalize_typed_text, without_accents
from bot.values import value_class

LONGEST_TIME = 60
"""Characters in a typed time."""
LATEST = timedelta(days=90)
"""How far ahead a session can be planned."""
_TWO_DIGITS = 100
_HALF_DAY = 12

_WEEKDAYS = (
    ("mon", "monday", "lun", "lundi"),
    ("tue", "tues", "tuesday", "mar", "mardi"),
    ("wed", "wednesday", "mer", "mercredi"),
    ("thu", "thur", "thurs", "thursday", "jeu", "jeudi"),
    ("fri", "friday", "ven", "vendredi"),
    ("sat", "saturday", "sam", "samedi"),
    ("sun", "sunday", "dim", "dimanche"),
)
_MONTHS = (
    ("jan", "january", "janv", "janvier"),
    ("feb", "february", "fev", "fevr", "fevrier"),
    ("mar", "march", "mars"),
    ("apr", "april", "avr", "avril"),
    ("may", "mai"),
    ("jun", "june", "juin"),
    ("jul", "july", "juil", "juillet"),
    ("aug", "august", "aout"),
    ("sep", "sept", "september", "septembre"),
    ("oct", "october", "octobre"),
    ("nov", "november", "novembre"),
    ("dec", "december", "decembre"),
)
_WEEKDAY_OF = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_DAYS_AHEAD = {
    "today": 0,
    "aujourd'hui": 0,
    "aujourdhui": 0,
    "tomorrow": 1,
    "demain": 1,
    "day after tomorrow": 2,
    "apres-demain": 2,
    "apres demain": 2,
}
_FILLERS = re.compile(r"\b(?:at|on|the|le)\b|(?<!\S)a(?!\S)|(?<=\d)(?:st|nd|rd|th|er)\b|,")
"""Words that change nothing: “tomorrow at 9:00”, “le 1er décembre à 9h”."""
_AFTER = re.compile(
    r"(?:in|dans) (?P<count>\d{1,4}) ?(?P<unit>min|mn|minutes?|h|hours?|heures?|days?|jours?|d|j)"
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "j": "days"}
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2}) (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?P<utc> ?z)?"
)
_T_OF_ISO = re.compile(r"(?<=\d)t(?=\d)")
_CLOCK = re.compile(
    r"(?<![\d/.:-])(?:"
    r"(?P<hour12>\d{1,2})(?:[:.h](?P<minute12>\d{2}))? ?(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour>\d{1,2})(?: ?(?:h|heures?)(?: ?(?P<minute_h>\d{2}))?(?![a-z\d])|[:.](?P<minute>\d{2})(?![\d.]))"
    r"|(?P<noon>noon|midi)\b"
    r")"
)
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?\.?")
_DAY_NAME = re.compile(r"(?P<day>\d{1,2})\.? (?P<month>[a-z]+)\.?(?: (?P<year>\d{4}))?")
_NAME_DAY = re.compile(r"(?P<month>[a-z]+)\.? (?P<day>\d{1,2})(?: (?P<year>\d{4}))?")
_ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")

FindDay = Callable[[date], date]
"""Finds the day that is meant, given the day that it is now."""


@value_class
class PlannedMoment:
    """The moment that was meant, in UTC. ``is_earlier``: the clock shows this time twice, and the earlier one is meant."""

    at: datetime
    is_earlier: bool = False


@value_class
class TypedTime:
    """A time on a clock and how its day is found, or a time span from now on, or a moment in UTC.

    ``next_day``: of a day without a year, or of the week. Where its time is over, the next such day is meant.
    """

    hour: int = 0
    minute: int = 0
    find_day: FindDay | None = None
    next_day: FindDay | None = None
    after: timedelta | None = None
    moment: datetime | None = None

    example: ClassVar[Text] = _('create 123 --at "tomorrow 9:00"')

    def resolve(self, now: datetime, zone: tzinfo, latest: timedelta = LATEST) -> PlannedMoment:
        """Return the moment that is meant by somebody in a time zone. Raises Misunderstood for one that cannot be planned."""
        found = self._find(now, zone)
        if found.at <= now:
            raise Misunderstood(_past_text(found.at))
        if found.at - now > latest:
            raise Misunderstood(
                _(
                    "{time} is too far ahead: a session can be planned up to {days} days before. For example: {words}",
                    time=found.at,
                    days=latest.days,
                    words=Words(self.example),
                )
            )
        return found

    def _find(self, now: datetime, zone: tzinfo) -> PlannedMoment:
        if self.moment is not None:
            return PlannedMoment(self.moment)
        if self.after is not None:
            return PlannedMoment((now + self.after).replace(second=0, microsecond=0))
        today = now.astimezone(zone).date()
        found = self._on(_checked(self.find_day, today), zone)
        if found.at <= now and self.next_day is not None:
            return self._on(_checked(self.next_day, today), zone)
        return found

    def _on(self, day: date, zone: tzinfo) -> PlannedMoment:
        """Return the moment at which the clock shows this time on a day. Raises Misunderstood if it never does."""
        local = datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=zone)
        at = local.astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            # No guess: an hour earlier and an hour later are both possible.
            raise Misunderstood(
                _(
                    "{time} does not exist on {day}: the clocks are put forward. Choose an earlier or a later time, for example {words}.",
                    time=f"{self.hour:02}:{self.minute:02}",
                    day=day.isoformat(),
                    words=Words(self.example),
                )
            )
        # Where clocks are put back, a time comes twice. ``fold`` 0 is the earlier one: nobody waits who came an hour early.
        is_earlier = local.replace(fold=1).astimezone(UTC) != at
        return PlannedMoment(at, is_earlier)


def read_time(typed: str) -> TypedTime:
    """Read a time as it was typed. Raises Misunderstood, with an example."""
    text = without_accents(normalize_typed_text(typed)[:LONGEST_TIME])
    text = _T_OF_ISO.sub(" ", text)
    whole = _read_after(text) or _read_iso(text)
    if whole is not None:
        return whole
    clock = _CLOCK.search(text)
    if clock is None:
        raise _not_a_time(typed)
    hour, minute = _read_clock(clock, typed)
    day = f"{text[: clock.start()]} {text[clock.end() :]}"
    return _read_day(" ".join(_FILLERS.sub(" ", day).split()), hour, minute, typed)


def _read_after(text: str) -> TypedTime | None:
    found = _AFTER.fullmatch(text)
    if found is None:
        return None
    return TypedTime(after=timedelta(**{_UNITS[found["unit"][0]]: int(found["count"])}))


def _read_iso(text: str) -> TypedTime | None:
    found = _ISO.fullmatch(text)
    if found is None or not found["utc"]:
        return None
    year, month, day = (int(part) for part in found["day"].split("-"))
    try:
        at = datetime(year, month, day, int(found["hour"]), int(found["minute"]), tzinfo=UTC)
    except ValueError:
        return None
    return TypedTime(moment=at)


def _read_clock(found: re.Match[str], typed: str) -> tuple[int, int]:
    """Return hour and minute. Raises Misunderstood for those that no clock shows."""
    if found["noon"]:
        return _HALF_DAY, 0
    if found["half"]:
        hour, minute = int(found["hour12"]), int(found["minute12"] or 0)
        if not 1 <= hour <= _HALF_DAY:
            raise _not_a_time(typed)
        hour = hour % _HALF_DAY + (_HALF_DAY if found["half"] == "p" else 0)
    else:
        hour, minute = int(found["hour"]), int(found["minute"] or found["minute_h"] or 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
        raise _not_a_time(typed)
    return hour, minute


def _read_day(text: str, hour: int, minute: int, typed: str) -> TypedTime:
    """Return the time on the day that is named by what is left of a text. Without a day it is today."""
    ahead = _DAYS_AHEAD.get(text, 0 if not text else None)
    if ahead is not None:
        days = timedelta(days=ahead)
        return TypedTime(hour, minute, lambda today: today + days)
    if text.rstrip(".") in _WEEKDAY_OF:
        weekday = _WEEKDAY_OF[text.rstrip(".")]

        def this_week(today: date) -> date:
            return today + timedelta(days=(weekday - today.weekday()) % 7)

        return TypedTime(hour, minute, this_week, lambda today: this_week(today) + timedelta(days=7))
    day, month, year = _read_date(text, typed)
    if year is not None:
        fixed = year
        return TypedTime(hour, minute, lambda _today: date(fixed, month, day))
    # “1/2” typed in December is meant for the year that begins soon.
    return TypedTime(
        hour,
        minute,
        lambda today: date(today.year, month, day),
        lambda today: date(today.year + 1, month, day),
    )


def _read_date(text: str, typed: str) -> tuple[int, int, int | None]:
    """Return day, month and, where it was typed, the year. Raises Misunderstood."""
    name_of_day, _space, rest = text.partition(" ")
    # “fri 4 dec”: the date says it all. But “mar 3” is a day of March.
    if name_of_day.rstrip(".") in _WEEKDAY_OF and not rest.isdigit():
        text = rest
    found = _ISO_DAY.fullmatch(text) or _DAY_MONTH.fullmatch(text)
    if found is not None:
        month = int(found["month"])
    else:
        found = _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text)
        if found is None or found["month"] not in _MONTH_OF:
            raise _not_a_time(typed)
        month = _MONTH_OF[found["month"]]
    day, year = int(found["day"]), int(found["year"]) if found["year"] else None
    if year is not None and year < _TWO_DIGITS:
        year += 2000
    if not _is_date(day, month, year):
        raise Misunderstood(
            _(
                "“{text}” is not a day: the day comes before the month. For example: {words}",
                text=typed[:40],
                words=Words(_('create 123 --at "24/12 14:30"')),
            )
        )
    return day, month, year


def _is_date(day: int, month: int, year: int | None) -> bool:
    try:
        date(year if year is not None else 2000, month, day)  # 29 February exists in some years
    except ValueError:
        return False
    return True


def _checked(find_day: FindDay | None, today: date) -> date:
    try:
        return find_day(today) if find_day is not None else today
    except (ValueError, OverflowError):
        raise Misunderstood(
            _("There is no such day. For example: {words}", words=Words(TypedTime.example))
        ) from None


def _not_a_time(typed: str) -> Misunderstood:
    return Misunderstood(
        _(
            "“{text}” is not a time that the bot can read. For example: {words}",
            text=" ".join(typed.split())[:40],
            words=Words(TypedTime.example),
        )
    )


def _past_text(at: datetime) -> Text:
    return _(
        "{time} is in the past. Choose a later time, for example {words}.",
        time=at,
        words=Words(TypedTime.example),
    )
