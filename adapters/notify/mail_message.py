"""Build the message of a mail for the mail server."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.errors import Rejected
from bot.i18n import _
from bot.ports import Mail

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[^\s@,;:<>()\[\]\\\"]+")


def build_message(mail: Mail, sender: str) -> EmailMessage:
    """Return a message with the text as plain text and as HTML. Raises Rejected if a value could inject a header."""
    if not _ONE_ADDRESS.fullmatch(mail.to) or _CONTROL_CHARACTERS.search(mail.to):
        raise Rejected(_("The recipient’s e-mail address is not a valid one."))
    if _CONTROL_CHARACTERS.search(mail.subject) or _CONTROL_CHARACTERS.search(mail.message_id):
        raise Rejected(_("The mail was not sent: there is a line break in its subject."))
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
