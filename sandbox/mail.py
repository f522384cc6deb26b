"""A mail server that keeps every letter it is given, and a bell that wakes whoever waits for one."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Literal, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"

T = TypeVar("T")
Stage = Literal["rcpt", "data"]


class Bell:
    """Wakes those who wait for a change, whichever thread the change came from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def ring(self) -> None:
        """Say that something has changed."""
        with self._lock:
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Wait until the predicate gives something, and return that. Raises TimeoutError."""
        place = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(place)
        try:
            async with asyncio.timeout(seconds):
                while not (found := predicate()):
                    await place[1].wait()
                    place[1].clear()
                return found
        except TimeoutError:
            raise TimeoutError(f"not seen within {seconds} s") from None
        finally:
            with self._lock:
                self._waiting.discard(place)


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail that arrived: by SMTP, or as a reply that the service desk sent itself."""

    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    message_id: str
    received_at: datetime
    via: Literal["smtp", "reply"]


class Mailbox:
    """Everybody's mailbox, behind a real SMTP server in a thread of its own.

    ``slow_seconds`` is how long it thinks before it accepts a letter; whoever hangs up meanwhile has sent nothing.
    With ``drop_after_data`` it keeps the letter and closes the connection without a word.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: list[ReceivedMail] = []
        self.slow_seconds = 0.0
        self.drop_after_data = False
        self._refusals: dict[Stage, deque[str]] = {"rcpt": deque(), "data": deque()}
        self._lock = threading.Lock()
        self._bell = Bell()
        self._port = port
        self._post_office: _SmtpServer | None = None

    def start(self) -> str:
        """Start listening and return ``url``; after a stop, the same one."""
        self._post_office = _SmtpServer(_SmtpHandler(self), self._port)
        self._post_office.start()
        self._port = self._post_office.port
        return self.url

    @property
    def url(self) -> str:
        """The address of the server, once it was started."""
        return f"smtp://{HOST}:{self._port}"

    def stop(self) -> None:
        """Stop listening, open connections included. The letters stay."""
        if self._post_office is not None:
            self._post_office.hang_up()
            self._post_office.stop()
            self._post_office = None

    def to(self, address: str) -> list[ReceivedMail]:
        """Return the letters to an address, the oldest first."""
        wanted = address.lower()
        with self._lock:
            return [one for one in self.messages if wanted in (to.lower() for to in one.to)]

    def distinct(self, address: str) -> list[ReceivedMail]:
        """Return the letters to an address as a mail program shows them: one for each Message-ID."""
        seen: dict[object, ReceivedMail] = {}
        for letter in self.to(address):
            seen.setdefault(letter.message_id or id(letter), letter)
        return list(seen.values())

    def deliver(
        self, *, sender: str, to: list[str], subject: str, html: str, message_id: str
    ) -> ReceivedMail:
        """Deliver a mail that a simulated system sends itself."""
        letter = ReceivedMail(
            sender, to, subject, plain_text(html), html, message_id, datetime.now(UTC), "reply"
        )
        self.keep(letter)
        return letter

    def keep(self, letter: ReceivedMail) -> None:
        """Put a letter into the mailbox and wake whoever waits for it."""
        with self._lock:
            self.messages.append(letter)
        self._bell.ring()

    def refuse_next(self, code: int = 451, text: str = "Try again later", *, at: Stage = "data") -> None:
        """Answer the next recipient (``rcpt``) or the next letter (``data``) with this refusal."""
        self._refusals[at].append(f"{code} {text}")

    def refusal(self, at: Stage) -> str | None:
        """Take the refusal that is next at a stage, if there is one."""
        return self._refusals[at].popleft() if self._refusals[at] else None

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10) -> T:  # noqa: ASYNC109 - all sandboxes say so
        """Wait until the predicate gives something, looking whenever a letter comes. Raises TimeoutError."""
        return await self._bell.wait_for(predicate, timeout)


class _SmtpHandler:
    """Takes letters at the counter; the method names are aiosmtpd's."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = self._mailbox.refusal("rcpt")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self._mailbox.slow_seconds:
            await asyncio.sleep(self._mailbox.slow_seconds)
        if (refusal := self._mailbox.refusal("data")) is not None:
            return refusal
        self._mailbox.keep(_read(envelope))
        if self._mailbox.drop_after_data and server.transport is not None:
            server.transport.close()
            await asyncio.get_running_loop().create_future()  # the end of the connection cancels this
        return "250 OK"


def _read(envelope: Envelope) -> ReceivedMail:
    assert isinstance(envelope.content, bytes)  # noqa: S101 - narrows the type only
    mail = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
    return ReceivedMail(
        envelope.mail_from or "",
        list(envelope.rcpt_tos),
        str(mail["Subject"] or ""),
        _part(mail, "plain"),
        _part(mail, "html"),
        str(mail["Message-ID"] or "").strip(),
        datetime.now(UTC),
        "smtp",
    )


def _part(mail: EmailMessage, kind: Literal["plain", "html"]) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""


class _SmtpServer(Controller):
    """The SMTP server, at a port that the system gives where none is wished for."""

    def __init__(self, clerk: _SmtpHandler, port: int) -> None:
        super().__init__(clerk, hostname=HOST, port=port)
        self._talks: list[SMTP] = []

    def factory(self) -> SMTP:
        talk = SMTP(self.handler, **self.SMTP_kwargs)
        self._talks.append(talk)
        return talk

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)  # noqa: S101 - narrows the type only
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no types

    def hang_up(self) -> None:
        """Close every open connection, and wait until that is done."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(timeout=5)

    async def _hang_up(self) -> None:
        deadline = time.monotonic() + 1
        while any(talk.transport is not None for talk in self._talks) and time.monotonic() < deadline:
            for talk in self._talks:
                if talk.transport is not None:
                    talk.transport.close()
            await asyncio.sleep(0)


def plain_text(html: str) -> str:
    """Return the words of an HTML mail, each link's address after its text, as a plain mail program shows it."""
    reader = _TextExtractor()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).splitlines())
    return "\n".join(line for line in lines if line)


class _TextExtractor(HTMLParser):
    """Collects the words of a page."""

    _SILENT = frozenset({"style", "script", "title"})
    _INLINE = frozenset({"a", "b", "strong", "i", "em", "span", "code", "small", "u", "font"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag == "a":
            self._href = dict(attrs).get("href") or ""
        elif tag not in self._INLINE:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT
        if tag == "a" and self._href and (not self.words or self.words[-1].strip() != self._href):
            self.words.append(f" {self._href} ")
        elif tag not in self._INLINE:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
