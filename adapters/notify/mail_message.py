"""Build the message of a mail for the mail server.

It is put together from the classes of ``email.mime``. ``EmailMessage`` parses every header that it is given, and takes ten times
as long.
"""

import re
import secrets
from base64 import encodebytes
from binascii import b2a_qp
from datetime import UTC, datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, formataddr, parseaddr

from bot.errors import Rejected
from bot.i18n import _
from bot.ports import CalendarEvent, Mail

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[^\s@,;:<>()\[\]\\\"]+")


def build_message(mail: Mail, sender: str) -> Message:
    """Return a message with the text as plain text and as HTML. Raises Rejected if a value could inject a header."""
    if not _ONE_ADDRESS.fullmatch(mail.to) or _CONTROL_CHARACTERS.search(mail.to):
        raise Rejected(_("The recipient’s e-mail address is not a valid one."))
    if _CONTROL_CHARACTERS.search(mail.subject) or _CONTROL_CHARACTERS.search(mail.message_id):
        raise Rejected(_("The e-mail was not sent: there is a line break in its subject."))
    # "=_" is in no quoted-printable or base64 text (RFC 2045, 6.7). As shipped a boundary is compared with all of the mail.
    message = MIMEMultipart("alternative", boundary=f"=_{secrets.token_hex(16)}")
    message["From"] = formataddr(parseaddr(sender))
    message["To"] = mail.to
    subject = mail.subject
    message["Subject"] = (
        subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode()
    )
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.attach(_new_part(mail.text, "plain"))
    message.attach(_new_part(mail.html, "html"))
    if mail.event is not None:
        # The last part is the one that mail programs prefer: they show the appointment with the text (RFC 6047).
        message.attach(_new_calendar_part(mail.event))
    return message


def _new_calendar_part(event: CalendarEvent) -> Message:
    """Return the calendar file as a part of a mail."""
    # Loaded with the first planned session: most processes send none.
    from adapters.notify.calendar_file import calendar_method, write_calendar  # noqa: PLC0415 - see above

    part = MIMENonMultipart("text", "calendar", charset="utf-8", method=calendar_method(event))
    part["Content-Transfer-Encoding"] = "base64"
    part["Content-Disposition"] = 'inline; filename="session.ics"'
    part.set_payload(encodebytes(write_calendar(event)).decode("ascii"))
    return part


def _new_part(text: str, subtype: str) -> Message:
    """Return a text in lines that every mail server takes, whatever its length and its letters (RFC 2045, 6.7)."""
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part
