"""A simulated mail system: one store for the mail of all addresses, filled by SMTP or by a simulated system."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal, TypeVar

from aiosmtpd.smtp import Envelope

from sandbox.change_notifier import ChangeNotifier
from sandbox.html_to_text import html_to_text
from sandbox.server import HOST
from sandbox.smtp_server import SmtpServer, SmtpStage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail that arrived by SMTP, or as a reply that ServiceDesk Plus sent itself."""

    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    message_id: str
    received_at: datetime
    via: Literal["smtp", "reply"]
    calendar: str = ""
    """The calendar file of the mail, if it has one."""


class Mailbox:
    """The mail of all addresses, behind a real SMTP server that runs in its own thread.

    ``slow_seconds`` delays the acceptance of each mail; a client that disconnects during the delay has sent nothing.
    With ``drop_after_data`` the server stores the mail and closes the connection without a reply. With ``credentials``, a
    user name and a password, it takes mail only from who signs in with them.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: list[ReceivedMail] = []
        self.slow_seconds = 0.0
        self.drop_after_data = False
        self.credentials: tuple[str, str] | None = None
        self._refusals: dict[SmtpStage, deque[str]] = {"rcpt": deque(), "data": deque()}
        self._lock = threading.Lock()
        self._changes = ChangeNotifier("the mailbox")
        self._port = port
        self._server: SmtpServer | None = None

    def start(self) -> str:
        """Start listening and return ``url``. A restart uses the same port."""
        self._server = SmtpServer(self, self._port)
        self._server.start()
        self._port = self._server.port
        return self.url

    @property
    def url(self) -> str:
        """The address of the server. Valid after the first start."""
        return f"smtp://{HOST}:{self._port}"

    def stop(self) -> None:
        """Stop listening and close open connections. Keep the stored mail."""
        if self._server is not None:
            self._server.close_connections()
            self._server.stop()
            self._server = None

    def messages_to(self, address: str) -> list[ReceivedMail]:
        """Return the mails to an address, oldest first."""
        wanted = address.lower()
        with self._lock:
            return [mail for mail in self.messages if wanted in (to.lower() for to in mail.to)]

    def distinct_messages_to(self, address: str) -> list[ReceivedMail]:
        """Return the mails to an address as a mail program shows them: one for each Message-ID."""
        seen: dict[object, ReceivedMail] = {}
        for mail in self.messages_to(address):
            seen.setdefault(mail.message_id or id(mail), mail)
        return list(seen.values())

    def send_reply(
        self, *, sender: str, to: list[str], subject: str, html: str, message_id: str
    ) -> ReceivedMail:
        """Store a mail that a simulated system sends itself, without SMTP."""
        mail = ReceivedMail(
            sender, to, subject, html_to_text(html), html, message_id, datetime.now(UTC), "reply"
        )
        self.store_mail(mail)
        return mail

    def receive_envelope(self, envelope: Envelope) -> None:
        """Store a mail that came by SMTP."""
        self.store_mail(_parse_envelope(envelope))

    def store_mail(self, mail: ReceivedMail) -> None:
        """Store a mail and wake the waiting tasks."""
        with self._lock:
            self.messages.append(mail)
        self._changes.notify()

    def refuse_next(self, code: int = 451, text: str = "Try again later", *, at: SmtpStage = "data") -> None:
        """Refuse the next recipient (``rcpt``) or the next mail (``data``) with this SMTP reply."""
        self._refusals[at].append(f"{code} {text}")

    def reset_behaviour(self) -> None:
        """Take every mail again, at once and from everybody. Planned refusals are forgotten, stored mails stay."""
        self.slow_seconds = 0.0
        self.drop_after_data = False
        self.credentials = None
        for planned in self._refusals.values():
            planned.clear()

    def take_refusal(self, stage: SmtpStage) -> str | None:
        """Remove and return the next planned refusal of a stage."""
        return self._refusals[stage].popleft() if self._refusals[stage] else None

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - same signature in every sandbox
        """Wait until the predicate returns a true value, checking after each mail. Raises TimeoutError."""
        return await self._changes.wait_for(predicate, timeout)


def _get_calendar(mail: EmailMessage) -> str:
    part = next((one for one in mail.walk() if one.get_content_type() == "text/calendar"), None)
    return "" if part is None else str(part.get_content())


def _parse_envelope(envelope: Envelope) -> ReceivedMail:
    assert isinstance(envelope.content, bytes)  # noqa: S101 - narrows the type only
    mail = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
    return ReceivedMail(
        envelope.mail_from or "",
        list(envelope.rcpt_tos),
        str(mail["Subject"] or ""),
        _get_body_part(mail, "plain"),
        _get_body_part(mail, "html"),
        str(mail["Message-ID"] or "").strip(),
        datetime.now(UTC),
        "smtp",
        _get_calendar(mail),
    )


def _get_body_part(mail: EmailMessage, kind: Literal["plain", "html"]) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""
