"""Mail and SMS."""

from datetime import datetime
from typing import Protocol

from bot.model.secret import Secret
from bot.values import value_class


@value_class
class CalendarEvent:
    """An appointment for the calendar of a mail's reader (RFC 5545, RFC 5546).

    ``uid`` stays the same for one appointment, and ``sequence`` grows with each change. ``organizer`` and ``attendee`` are
    e-mail addresses. The moments are in UTC: the reader's calendar shows them in its own time zone.
    """

    uid: str
    sequence: int
    is_cancelled: bool
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    description: str
    organizer: str
    organizer_name: str
    attendee: str


@value_class
class Mail:
    """A mail. ``message_id`` is constant for one notice, so that mail systems recognize a repeat."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    event: CalendarEvent | None = None


class Mailer(Protocol):
    """Sends mail by SMTP."""

    @property
    def is_configured(self) -> bool:
        """Whether a mail server is set up."""

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises Unavailable (try again) and Rejected (refused for good)."""


class PhoneNumbers(Protocol):
    """Reads phone numbers as people write them."""

    def mobile_number(self, phone: Secret) -> Secret:
        """Return a mobile number in E.164, for example ``+33612345678``, whatever notation it is written in.

        Raises Rejected where it is not clear which country it belongs to, or where it is not a valid mobile number.
        """


class Texter(Protocol):
    """Sends SMS through a gateway."""

    async def send(self, number: Secret, text: str) -> None:
        """Send an SMS. ``number`` is in E.164.

        Raises Rejected (the gateway said no), OutcomeUnknown (it may have been sent) and Unavailable (it was certainly
        not sent). Never retries.
        """
