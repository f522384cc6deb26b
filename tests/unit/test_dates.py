"""Dates and durations from outside: what cannot be right counts as missing, and nothing overflows."""

from datetime import UTC, datetime

import pytest

from adapters.dates import parse_date, parse_seconds, parse_unix_time
from adapters.retry_after import parse_retry_after
from bot.errors import LONGEST_RETRY_AFTER_SECONDS
from bot.i18n import Language, _

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HUGE = "9" * 400


@pytest.mark.parametrize(
    "written",
    ["2026-11-24T12:00:00Z", "2026-11-24T12:00:00", "2026-11-24T14:00:00+02:00", "2026-11-24T12:00:00.000Z"],
)
def test_date_is_read_as_utc(written: str) -> None:
    assert parse_date(written) == NOON


@pytest.mark.parametrize(
    "written",
    [
        "",
        "never",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        HUGE,
    ],
)
def test_date_that_cannot_be_right_counts_as_missing(written: str) -> None:
    assert parse_date(written) is None


@pytest.mark.parametrize("written", [int(NOON.timestamp()), str(int(NOON.timestamp())), NOON.timestamp()])
def test_unix_time_is_read_as_utc(written: object) -> None:
    assert parse_unix_time(written) == NOON


@pytest.mark.parametrize(
    "written", [None, "", "soon", 0, -1, 253402300799, 10**18, HUGE, float("inf"), float("nan"), [1]]
)
def test_unix_time_that_cannot_be_right_counts_as_missing(written: object) -> None:
    assert parse_unix_time(written) is None


@pytest.mark.parametrize("written", [3600, "3600", 3600.0])
def test_duration_is_read_in_whole_seconds(written: object) -> None:
    assert parse_seconds(written, longest=3600) == 3600


@pytest.mark.parametrize("written", [None, "", "long", 0, -5, 3601, 10**18, HUGE, float("inf"), {}])
def test_duration_that_cannot_be_right_counts_as_missing(written: object) -> None:
    assert parse_seconds(written, longest=3600) is None


@pytest.mark.parametrize(
    ("header", "shortest", "longest"),
    [
        ("30", 30, 30),
        ("0.5", 0.5, 0.5),
        ("999999999", LONGEST_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 -1400", LONGEST_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS),
        ("Mon, 01 Jan 0001 00:00:00 +1400", 0, 0),
    ],
)
def test_retry_after_is_a_day_at_most(header: str, shortest: float, longest: float) -> None:
    seconds = parse_retry_after(header)
    assert seconds is not None
    assert shortest <= seconds <= longest


@pytest.mark.parametrize("header", ["", "soon", "²", HUGE, f"Fri, 31 Dec {HUGE} 23:59:59 GMT"])
def test_retry_after_that_cannot_be_read_counts_as_missing(header: str) -> None:
    assert parse_retry_after(header) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Nowhere/Else"])
@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_moment_at_the_end_of_time_is_shown(at: datetime, zone: str) -> None:
    """A row may hold one that an earlier version stored."""
    assert Language("en", zone).say(_("Until {time}", time=at))
