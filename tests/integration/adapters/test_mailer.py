"""The mailer, against a real SMTP server that refuses on demand."""

import logging
import socket
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from adapters.notify.mail_server import MailServer
from adapters.notify.mailer import SmtpMailer
from bot.errors import BotError, Rejected, Unavailable
from bot.ports import Mail, Mailer

SENDER = "Service Desk <desk@example.test>"
MAIL = Mail("ann@example.test", "Vôtre séance", "Bonjour s3cret-link\n", "<p>Bonjour</p>", "<ab12@tvbot>")


@dataclass
class SmtpServer:
    """A mail server. ``rcpt`` and ``data`` are its refusals, ``login`` the accepted user and password."""

    rcpt: str = ""
    data: str = ""
    login: tuple[bytes, bytes] = (b"bot@example.test", b"p@ss:w/rd")
    accepted: list[Envelope] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, *arguments: Any) -> str:  # noqa: N802 - the server calls it so
        _server, _session, envelope, address, _options = arguments
        if not self.rcpt:
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 OK"

    async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802 - the server calls it so
        _server, _session, envelope = arguments
        if not self.data:
            self.accepted.append(envelope)
        return self.data or "250 OK"

    def authenticate(self, *arguments: Any) -> AuthResult:
        *_server, said = arguments
        assert isinstance(said, LoginPassword)
        return AuthResult(success=(said.login, said.password) == self.login, handled=False)

    def url(self, user: str = "") -> str:
        return f"smtp://{user}127.0.0.1:{self.port}"

    def message(self) -> EmailMessage:
        (envelope,) = self.accepted
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


def bot_log(caplog: pytest.LogCaptureFixture) -> str:
    """Return the bot's log lines, without those of the server in the test."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")


@pytest.fixture
def smtp_server(unused_port: int) -> Iterator[SmtpServer]:
    server = SmtpServer(port=unused_port)
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=unused_port,
        authenticator=server.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_mail_arrives_as_text_and_html_with_its_headers(smtp_server: SmtpServer) -> None:
    mailer: Mailer = SmtpMailer(smtp_server.url(), SENDER)
    assert mailer.is_configured
    await mailer.send(MAIL)
    message = smtp_server.message()
    envelope = smtp_server.accepted[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@example.test", ["ann@example.test"])
    assert message["From"] == SENDER
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert (message["Message-ID"], message["Auto-Submitted"]) == ("<ab12@tvbot>", "auto-generated")
    assert message["Date"].datetime is not None
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "s3cret-link" in text.get_content()
    assert page.get_content().strip() == "<p>Bonjour</p>"


async def test_user_and_password_in_the_url_are_percent_decoded(smtp_server: SmtpServer) -> None:
    await SmtpMailer(smtp_server.url("bot%40example.test:p%40ss%3Aw%2Frd@"), SENDER).send(MAIL)
    assert smtp_server.accepted


async def test_wrong_password_is_rejected_and_never_logged(
    smtp_server: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mailer = SmtpMailer(smtp_server.url("bot%40example.test:wr0ng@"), SENDER)
    with pytest.raises(Rejected, match="password") as caught:
        await mailer.send(MAIL)
    assert not smtp_server.accepted
    seen = "".join(traceback.format_exception(caught.value)) + bot_log(caplog) + repr(mailer.__dict__)
    assert "wr0ng" not in seen


async def test_sign_in_uses_the_password_and_sends_no_mail(smtp_server: SmtpServer) -> None:
    await SmtpMailer(smtp_server.url("bot%40example.test:p%40ss%3Aw%2Frd@"), SENDER).sign_in()
    with pytest.raises(Rejected, match="password"):
        await SmtpMailer(smtp_server.url("bot%40example.test:wr0ng@"), SENDER).sign_in()
    assert not smtp_server.accepted


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ({"rcpt": "450 Greylisted, try again"}, Unavailable),
        ({"rcpt": "550 No such user ann@example.test"}, Rejected),
        ({"data": "451 Disk full"}, Unavailable),
        ({"data": "554 It looks like spam: s3cret-link"}, Rejected),
    ],
)
async def test_smtp_4xx_is_unavailable_and_5xx_is_rejected(
    smtp_server: SmtpServer,
    refusal: dict[str, str],
    error: type[BotError],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    smtp_server.rcpt, smtp_server.data = refusal.get("rcpt", ""), refusal.get("data", "")
    with pytest.raises(BotError) as caught:
        await SmtpMailer(smtp_server.url(), SENDER).send(MAIL)
    assert type(caught.value) is error
    seen = "".join(traceback.format_exception(caught.value)) + bot_log(caplog) + capsys.readouterr().out
    assert "mail not sent" in seen
    assert "s3cret-link" not in seen
    assert "ann@example.test" not in seen


async def test_unreachable_mail_server_is_unavailable(unused_port: int) -> None:
    with pytest.raises(Unavailable):
        await SmtpMailer(f"smtp://127.0.0.1:{unused_port}", SENDER).send(MAIL)


async def test_required_starttls_that_the_server_lacks_sends_nothing(smtp_server: SmtpServer) -> None:
    with pytest.raises(Rejected):
        await SmtpMailer(f"{smtp_server.url()}?starttls=1", SENDER).send(MAIL)
    assert not smtp_server.accepted


@pytest.mark.parametrize(
    "mail",
    [
        Mail("ann@example.test", "Hi\nBcc: eve@example.test", "x", "x", "<1@tvbot>"),
        Mail("ann@example.test", "Hi\r\n\r\nbody", "x", "x", "<1@tvbot>"),
        Mail("ann@example.test\nBcc: eve@example.test", "Hi", "x", "x", "<1@tvbot>"),
        Mail("ann@example.test, eve@example.test", "Hi", "x", "x", "<1@tvbot>"),
        Mail("ann@example.test> ORCPT=rfc822;eve", "Hi", "x", "x", "<1@tvbot>"),
        Mail("not an address", "Hi", "x", "x", "<1@tvbot>"),
        Mail("ann@example.test", "Hi", "x", "x", "<1@tvbot>\nBcc: eve@example.test"),
    ],
)
async def test_mail_with_an_injected_header_or_recipient_is_refused(
    smtp_server: SmtpServer, mail: Mail
) -> None:
    with pytest.raises(Rejected):
        await SmtpMailer(smtp_server.url(), SENDER).send(mail)
    assert not smtp_server.accepted


@pytest.mark.parametrize(("url", "sender"), [(None, SENDER), ("smtp://127.0.0.1", None)])
async def test_mailer_without_a_server_or_a_sender_is_not_configured(
    url: str | None, sender: str | None
) -> None:
    mailer = SmtpMailer(url, sender)
    assert not mailer.is_configured
    with pytest.raises(Rejected):
        await mailer.send(MAIL)


@pytest.mark.parametrize(
    ("url", "port", "is_tls", "starttls"),
    [
        ("smtps://u:p@mail.test", 465, True, False),
        ("smtp://u:p@mail.test:587?starttls=1", 587, False, True),
        ("smtp://u:p@mail.test", 587, False, True),
        ("smtp://u:p@mail.test:26?starttls=0", 26, False, False),
        ("smtp://mail.test", 25, False, None),
    ],
)
def test_mail_server_url_sets_port_and_encryption(
    url: str, port: int, *, is_tls: bool, starttls: bool | None
) -> None:
    server = MailServer.from_url(url)
    assert (server.port, server.is_tls, server.starttls) == (port, is_tls, starttls)


@pytest.mark.parametrize(
    "url", ["http://h4x@mail.test", "smtp://", "smtp://h4x:p@mail.test:port", "mail.test:h4x"]
)
def test_invalid_mail_server_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="must look like") as caught:
        SmtpMailer(url, SENDER)
    assert "h4x" not in "".join(traceback.format_exception(caught.value, limit=0))
