"""A mail as it is written down for the mail server."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.errors import Rejected
from bot.i18n import _
from bot.ports import Mail

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[^\s@,;:<>()\[\]\\\"]+")


def written(mail: Mail, sender: str) -> EmailMessage:
    """Write a mail with its text in both forms. Raises Rejected where a header could be smuggled in."""
    if not _ONE_ADDRESS.fullmatch(mail.to) or _CONTROL.search(mail.to):
        raise Rejected(_("The recipient’s e-mail address is not a valid one."))
    if _CONTROL.search(mail.subject) or _CONTROL.search(mail.message_id):
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
