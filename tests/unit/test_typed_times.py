"""Times as people type them for a planned session, in both languages, and over the changes of the clocks."""

from datetime import UTC, datetime

import pytest

from bot.errors import Misunderstood
from bot.i18n import Language
from bot.time_zones import find_zone
from bot.typed_times import read_time

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Paris and 04:00 in New York."""
PARIS, NEW_YORK = "Europe/Paris", "America/New_York"


def meant(typed: str, zone: str = PARIS, now: datetime = NOW) -> str:
    """Return the moment that was meant, as a clock in the zone shows it."""
    at = read_time(typed).resolve(now, find_zone(zone)).at
    assert at.tzinfo is UTC
    return at.astimezone(find_zone(zone)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("14:30", "Tue 2026-11-24 14:30"),
        ("14h30", "Tue 2026-11-24 14:30"),
        ("14 h 30", "Tue 2026-11-24 14:30"),
        ("14.30", "Tue 2026-11-24 14:30"),
        ("14h", "Tue 2026-11-24 14:00"),
        ("2pm", "Tue 2026-11-24 14:00"),
        ("2:30 pm", "Tue 2026-11-24 14:30"),
        ("2 P.M.", "Tue 2026-11-24 14:00"),
        ("12am tomorrow", "Wed 2026-11-25 00:00"),
        ("noon", "Tue 2026-11-24 12:00"),
        ("midi", "Tue 2026-11-24 12:00"),
        ("today 12:00", "Tue 2026-11-24 12:00"),
        ("aujourd’hui 12h", "Tue 2026-11-24 12:00"),
        ("tomorrow 9:00", "Wed 2026-11-25 09:00"),
        ("tomorrow at 9:00", "Wed 2026-11-25 09:00"),
        ("demain 9h", "Wed 2026-11-25 09:00"),
        ("demain à 9h", "Wed 2026-11-25 09:00"),
        ("9h demain", "Wed 2026-11-25 09:00"),
        ("day after tomorrow 8:05", "Thu 2026-11-26 08:05"),
        ("après-demain 8h05", "Thu 2026-11-26 08:05"),
        ("fri 10:00", "Fri 2026-11-27 10:00"),
        ("lun. 9h", "Mon 2026-11-30 09:00"),
        ("Friday, 10am", "Fri 2026-11-27 10:00"),
        ("mardi 11h", "Tue 2026-11-24 11:00"),
        ("mardi 9h", "Tue 2026-12-01 09:00"),
        ("fri 27 nov 10:00", "Fri 2026-11-27 10:00"),
        ("2026-12-01 14:30", "Tue 2026-12-01 14:30"),
        ("2026-12-01T14:30", "Tue 2026-12-01 14:30"),
        ("2026-12-01T14:30Z", "Tue 2026-12-01 15:30"),
        ("01/12 14:30", "Tue 2026-12-01 14:30"),
        ("1/12/26 9h", "Tue 2026-12-01 09:00"),
        ("1.12. 9:00", "Tue 2026-12-01 09:00"),
        ("1 dec 9am", "Tue 2026-12-01 09:00"),
        ("dec 1 at 9:00", "Tue 2026-12-01 09:00"),
        ("le 1er décembre à 9h", "Tue 2026-12-01 09:00"),
        ("5/1 9h", "Tue 2027-01-05 09:00"),
        ("in 2 hours", "Tue 2026-11-24 12:00"),
        ("dans 30 min", "Tue 2026-11-24 10:30"),
        ("in 3 days", "Fri 2026-11-27 10:00"),
        ("\uff11\uff14:30", "Tue 2026-11-24 14:30"),
    ],
)
def test_time_is_read_as_people_type_it(typed: str, expected: str) -> None:
    assert meant(typed) == expected


def test_day_is_the_one_in_the_persons_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert meant("tomorrow 9:00", PARIS, late) == "Thu 2026-11-26 09:00"
    assert meant("tomorrow 9:00", NEW_YORK, late) == "Wed 2026-11-25 09:00"


@pytest.mark.parametrize("typed", ["mar 3 10:00", "march 3 10:00", "3 mars 10h"])
def test_mar_before_a_number_is_march(typed: str) -> None:
    assert meant(typed, now=datetime(2027, 2, 1, tzinfo=UTC)) == "Wed 2027-03-03 10:00"


@pytest.mark.parametrize(
    "typed",
    [
        "", "9", "tomorrow", "demain", "25:00", "14:60", "14:3", "14:300", "-5:00", "0pm", "13pm", "soon", "x 9:00",
        "tomorrow at 9", "9:00 10:00", "9:00 next friday", "in 2", "2026-13-01T10:00Z", "1 foo 9:00", "💥 9:00",
    ],
)  # fmt: skip
def test_wrong_form_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Misunderstood) as refused:
        meant(typed)
    assert 'create 123 --at "' in str(refused.value.text)


@pytest.mark.parametrize("typed", ["31/02 9:00", "12/31 9:00", "2026-02-30 9:00", "0/1 9:00"])
def test_day_that_does_not_exist_is_refused_and_the_order_explained(typed: str) -> None:
    with pytest.raises(Misunderstood) as refused:
        meant(typed)
    assert "the day comes before the month" in str(refused.value.text)


def test_29_february_without_a_leap_year_is_refused() -> None:
    with pytest.raises(Misunderstood) as refused:
        meant("29/2 9:00")
    assert "There is no such day" in str(refused.value.text)


@pytest.mark.parametrize("typed", ["9:00", "10:00", "2026-11-23 14:30", "24/11/2026 9h", "in 0 min"])
def test_time_that_is_over_is_refused(typed: str) -> None:
    with pytest.raises(Misunderstood) as refused:
        meant(typed)
    assert "is in the past" in str(refused.value.text)


def test_time_more_than_90_days_ahead_is_refused() -> None:
    assert meant("2027-02-22 10:00") == "Mon 2027-02-22 10:00"
    with pytest.raises(Misunderstood) as refused:
        meant("2027-02-22 10:01")
    assert "90 days" in str(refused.value.text)


@pytest.mark.parametrize(
    ("zone", "now", "typed"),
    [
        (PARIS, datetime(2027, 3, 1, tzinfo=UTC), "28/3 2h30"),
        (NEW_YORK, datetime(2027, 3, 1, tzinfo=UTC), "14/3 2:30"),
    ],
)
def test_time_that_the_clocks_skip_is_refused(zone: str, now: datetime, typed: str) -> None:
    with pytest.raises(Misunderstood) as refused:
        meant(typed, zone, now)
    assert "clocks are put forward" in str(refused.value.text)


@pytest.mark.parametrize(
    ("zone", "typed", "expected"),
    [
        (PARIS, "31/10/2027 2h30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (NEW_YORK, "7/11/2027 1:30", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
    ],
)
def test_time_that_comes_twice_is_the_earlier_one(zone: str, typed: str, expected: datetime) -> None:
    found = read_time(typed).resolve(datetime(2027, 10, 1, tzinfo=UTC), find_zone(zone))
    assert (found.at, found.is_earlier) == (expected, True)


@pytest.mark.parametrize(
    ("zone", "typed", "expected"),
    [
        (PARIS, "27/3 14:30", datetime(2027, 3, 27, 13, 30, tzinfo=UTC)),
        (PARIS, "28/3 14:30", datetime(2027, 3, 28, 12, 30, tzinfo=UTC)),
        (NEW_YORK, "13/3 14:30", datetime(2027, 3, 13, 19, 30, tzinfo=UTC)),
        (NEW_YORK, "14/3 14:30", datetime(2027, 3, 14, 18, 30, tzinfo=UTC)),
    ],
)
def test_offset_is_the_one_of_the_day_that_is_planned(zone: str, typed: str, expected: datetime) -> None:
    found = read_time(typed).resolve(datetime(2027, 3, 1, tzinfo=UTC), find_zone(zone))
    assert (found.at, found.is_earlier) == (expected, False)


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc", "Europe", "a" * 500])
def test_unknown_zone_is_utc(name: str) -> None:
    """``Europe`` is a folder of zones. Moments on cards and pages are shown in UTC then, too."""
    assert meant("14:30", name) == "Tue 2026-11-24 14:30"
    assert Language("en", name).moment(datetime(2026, 11, 24, 14, 30, tzinfo=UTC)) == "24 Nov, 14:30 UTC"
