"""The figures of some days."""

from datetime import UTC, date, datetime

import pytest

from bot.model.daily_sums import Figure, Result
from bot.model.notice import Channel, NoticeState
from bot.model.report import Period, lower_median, make_report, month_before
from bot.model.session import Kind

NOW = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amounts", "median"),
    [
        ({}, None),
        ({5: 1}, 5),
        ({5: 1, 10: 1}, 5),
        ({5: 1, 10: 2}, 10),
        ({0: 3, 60: 3}, 0),
        ({0: 3, 60: 4}, 60),
    ],
)
def test_median_is_the_lower_one_in_the_middle(amounts: dict[int, int], median: int | None) -> None:
    assert lower_median(amounts) == median


def test_period_includes_today() -> None:
    assert Period.WEEK.days_until(NOW) == (date(2026, 2, 23), date(2026, 3, 1))
    assert Period.MONTH.days_until(NOW) == (date(2026, 1, 31), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_month_before_is_whole(day: date, first: date, last: date) -> None:
    assert month_before(day) == (first, last)


def test_report_adds_up_and_shows_days_without_sessions() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 3)
    totals = {figure: dict[str, int]() for figure in Figure} | {
        Figure.SESSIONS: {"remote/connected": 2, "pilot/nobody": 1, "remote/failed": 1},
        Figure.DELIVERY: {"mail/failed": 1, "reply/sent": 3},
        Figure.RATING: {"no": 1},
        Figure.WAIT: {"30": 2},
    }
    report = make_report(first, last, {date(2026, 3, 2): {"remote/connected": 2, "pilot/nobody": 2}}, totals)
    assert (report.sessions, report.opened) == (4, 3)
    assert report.kinds == {Kind.REMOTE: 3, Kind.PILOT: 1}
    assert report.results[Result.NOBODY] == 1
    assert [amount for _day, amount in report.days] == [0, 4, 0]
    assert report.deliveries == [(Channel.REPLY, NoticeState.SENT, 3), (Channel.MAIL, NoticeState.FAILED, 1)]
    assert (report.median_wait, report.helpful, report.not_helpful) == (30, 0, 1)
