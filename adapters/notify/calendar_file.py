"""Write the calendar file of a mail: an appointment, or its cancellation (RFC 5545; iMIP, RFC 6047)."""

from icalendar import Calendar, Event, vCalAddress, vText

from bot.ports import CalendarEvent

_PRODUCT = "-//tvbot//planned sessions//EN"


def calendar_method(event: CalendarEvent) -> str:
    """Return what the file asks of the reader's calendar: to add the appointment or change it, or to remove it."""
    return "CANCEL" if event.is_cancelled else "REQUEST"


def write_calendar(event: CalendarEvent) -> bytes:
    """Return the calendar file, in UTF-8.

    The moments are in UTC, so no definition of a time zone is needed, and each calendar shows them in its own.
    """
    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", calendar_method(event))
    one = Event()
    one.add("UID", event.uid)
    one.add("SEQUENCE", event.sequence)
    one.add("DTSTAMP", event.changed_at)
    one.add("DTSTART", event.starts_at)
    one.add("DTEND", event.ends_at)
    one.add("SUMMARY", event.summary)
    one.add("DESCRIPTION", event.description)
    one.add("STATUS", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{event.organizer}")
    organizer.params["CN"] = vText(event.organizer_name)
    one["ORGANIZER"] = organizer
    attendee = vCalAddress(f"mailto:{event.attendee}")
    # The bot reads no answers, so the calendar does not ask for one.
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    one.add("ATTENDEE", attendee, encode=False)
    calendar.add_component(one)
    written: bytes = calendar.to_ical()
    return written
