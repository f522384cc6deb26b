"""The figures of some days, made of the daily sums."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.model.daily_sums import Figure, Result, session_label
from bot.model.ids import Email
from bot.model.notice import Channel, NoticeState
from bot.model.session import Kind
from bot.values import value_class


class Period(StrEnum):
    """The days of a report that is asked for: so many days, today included."""

    WEEK = "week"
    MONTH = "month"

    def days_until(self, now: datetime) -> tuple[date, date]:
        """Return the first and the last day, in UTC."""
        last = now.astimezone(UTC).date()
        return last - timedelta(days=6 if self is Period.WEEK else 29), last


def month_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month before the one of ``day``."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


@value_class
class Report:
    """The figures of the days from ``first`` to ``last``. Sessions that are still open are not in them.

    ``median_wait`` is the median of the seconds from the creation of a session until somebody was connected, each
    rounded down (``round_wait``). Of an even number of waits it is the lower one in the middle. None: nobody connected.
    """

    first: date
    last: date
    days: Sequence[tuple[date, int]]
    kinds: Mapping[Kind, int]
    results: Mapping[Result, int]
    technicians: Sequence[tuple[Email, int]]
    deliveries: Sequence[tuple[Channel, NoticeState, int]]
    median_wait: int | None
    connected_seconds: int
    helpful: int
    not_helpful: int

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return sum(self.results.values())

    @property
    def opened(self) -> int:
        """How many sessions could be created."""
        return self.sessions - self.results[Result.FAILED]


def make_report(
    first: date,
    last: date,
    by_day: Mapping[date, Mapping[str, int]],
    totals: Mapping[Figure, Mapping[str, int]],
) -> Report:
    """Make a report of the daily sums: sessions ``by_day``, and everything else in total."""
    sessions, ratings = totals[Figure.SESSIONS], totals[Figure.RATING]
    return Report(
        first=first,
        last=last,
        days=[(day, sum(by_day.get(day, {}).values())) for day in _days(first, last)],
        kinds={kind: sum(sessions.get(session_label(kind, one), 0) for one in Result) for kind in Kind},
        results={one: sum(sessions.get(session_label(kind, one), 0) for kind in Kind) for one in Result},
        technicians=_by_amount(totals[Figure.TECHNICIAN]),
        deliveries=_deliveries(totals[Figure.DELIVERY]),
        median_wait=lower_median({int(wait): n for wait, n in totals[Figure.WAIT].items()}),
        connected_seconds=sum(totals[Figure.CONNECTED].values()),
        helpful=ratings.get("yes", 0),
        not_helpful=ratings.get("no", 0),
    )


def lower_median(amounts: Mapping[int, int]) -> int | None:
    """Return the value in the middle, given how often each value occurs. None without values."""
    total, passed = sum(amounts.values()), 0
    for value in sorted(amounts):
        passed += amounts[value]
        if 2 * passed >= total:
            return value
    return None


def _days(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _by_amount(amounts: Mapping[str, int]) -> Sequence[tuple[Email, int]]:
    return sorted(((Email(name), n) for name, n in amounts.items()), key=lambda one: (-one[1], one[0]))


def _deliveries(amounts: Mapping[str, int]) -> Sequence[tuple[Channel, NoticeState, int]]:
    return [
        (channel, state, amounts[f"{channel.value}/{state.value}"])
        for channel in Channel
        for state in NoticeState
        if amounts.get(f"{channel.value}/{state.value}")
    ]
