"""The calendar file of a mail is one that calendars read: added, changed and removed by the same UID."""

from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import icalendar
import pytest

from adapters.notify.mail_message import build_message
from bot.ports import CalendarEvent, Mail
from bot.values import replace

STARTS_AT = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
EVENT = CalendarEvent(
    uid="p1@tvbot",
    sequence=2,
    is_cancelled=False,
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(minutes=30),
    changed_at=STARTS_AT - timedelta(days=1),
    summary="Séance; à distance, n° 101 " + "é" * 80,
    description="first line\nsecond line",
    organizer="tom@example.com",
    organizer_name='Tom "the man": Ray',
    attendee="rita@example.com",
)


def part_of(event: CalendarEvent | None) -> Message | None:
    """Return the calendar part of a mail, which is the last one."""
    mail = Mail("rita@example.com", "Re", "text", "<p>html</p>", "<m1@tvbot>", event)
    parts: Any = build_message(mail, "Help <help@example.com>").get_payload()
    last = parts[-1]
    return last if last.get_content_type() == "text/calendar" else None


def read(event: CalendarEvent) -> tuple[Any, Any, bytes]:
    """Return the calendar, its appointment, and the file."""
    part = part_of(event)
    assert part is not None
    written = part.get_payload(decode=True)
    assert isinstance(written, bytes)
    calendar = icalendar.Calendar.from_ical(written)
    (one,) = calendar.walk("VEVENT")
    return calendar, one, written


def test_mail_without_an_appointment_has_no_calendar_file() -> None:
    assert part_of(None) is None


def test_appointment_is_read_as_it_was_written() -> None:
    calendar, one, written = read(EVENT)
    assert (calendar["METHOD"], calendar["VERSION"], one["STATUS"]) == ("REQUEST", "2.0", "CONFIRMED")
    assert (one["UID"], one["SEQUENCE"]) == ("p1@tvbot", 2)
    assert (one.start, one.end) == (EVENT.starts_at, EVENT.ends_at)
    assert (str(one["SUMMARY"]), str(one["DESCRIPTION"])) == (EVENT.summary, EVENT.description)
    assert (one["ORGANIZER"], one["ATTENDEE"]) == ("mailto:tom@example.com", "mailto:rita@example.com")
    assert one["ATTENDEE"].params["RSVP"] == "FALSE"
    # In UTC, so that no definition of a time zone is needed.
    assert b"DTSTART:20261201T133000Z" in written
    # Lines are folded at 75 octets (RFC 5545, 3.1).
    assert max(len(line) for line in written.split(b"\r\n")) <= 75


@pytest.mark.parametrize(("is_cancelled", "method"), [(False, "REQUEST"), (True, "CANCEL")])
def test_part_names_the_method_of_its_file(*, is_cancelled: bool, method: str) -> None:
    event = replace(EVENT, is_cancelled=is_cancelled)
    part = part_of(event)
    assert part is not None
    assert part.get_param("method") == method
    assert read(event)[0]["METHOD"] == method
    assert read(event)[1]["STATUS"] == ("CANCELLED" if is_cancelled else "CONFIRMED")
