"""The simulated mail server and SMS gateway, used with the product's own libraries."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import apprise
import pytest

from sandbox.faults import Fault
from sandbox.html_to_text import html_to_text
from sandbox.mail import Mailbox, ReceivedMail
from sandbox.sms import SmsGateway

ANN = "ann@example.test"

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Apprise imports it when it loads its plugins."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    gateway = SmsGateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


def build_mail(subject: str = "Ihr Link für „VPN“", message_id: str = "<1@tvbot>") -> EmailMessage:
    """Return a mail with a plain and an HTML part."""
    message = EmailMessage()
    message["From"] = "tvbot@example.test"
    message["To"] = ANN
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content("Bonjour Chloé")
    message.add_alternative("<p>Bonjour <b>Chloé</b></p>", subtype="html")
    return message


async def send_mail(mailbox: Mailbox, message: EmailMessage, *, seconds: float = 60) -> None:
    """Send a mail with the library that the product uses."""
    address = urlsplit(mailbox.url)
    await aiosmtplib.send(
        message, hostname=address.hostname, port=address.port, start_tls=False, timeout=seconds
    )


async def send_sms(gateway: SmsGateway, number: str, body: str) -> bool:
    """Send an SMS with the library that the product uses."""
    sender = apprise.Apprise()
    assert sender.add(gateway.url.replace("{to}", number))
    return bool(await asyncio.to_thread(sender.notify, body=body, body_format="text"))


async def test_mail_is_received_with_both_parts(mailbox: Mailbox) -> None:
    """Addresses match in any case."""
    await send_mail(mailbox, build_mail())
    (received,) = mailbox.messages_to("ANN@example.test")
    assert received.subject == "Ihr Link für „VPN“"
    assert received.text.strip() == "Bonjour Chloé"
    assert "<b>Chloé</b>" in received.html
    assert (received.sender, received.to, received.via) == ("tvbot@example.test", [ANN], "smtp")
    assert received.message_id == "<1@tvbot>"
    assert mailbox.messages_to("bob@example.test") == []


async def test_mail_sent_twice_is_distinct_once(mailbox: Mailbox) -> None:
    """By its Message-ID."""
    for message_id in ("<1@tvbot>", "<1@tvbot>", "<2@tvbot>"):
        await send_mail(mailbox, build_mail(message_id=message_id))
    assert len(mailbox.messages_to(ANN)) == 3
    assert [received.message_id for received in mailbox.distinct_messages_to(ANN)] == [
        "<1@tvbot>",
        "<2@tvbot>",
    ]


async def test_planned_refusal_affects_only_the_next_mail(mailbox: Mailbox) -> None:
    """At the recipient or at the data."""
    mailbox.refuse_next(451, "4.3.0 Busy")
    with pytest.raises(aiosmtplib.SMTPDataError) as busy:
        await send_mail(mailbox, build_mail())
    assert (busy.value.code, busy.value.message) == (451, "4.3.0 Busy")
    mailbox.refuse_next(550, "5.1.1 No such user", at="rcpt")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send_mail(mailbox, build_mail())
    assert mailbox.messages == []
    await send_mail(mailbox, build_mail())
    assert len(mailbox.messages) == 1


async def test_mail_is_stored_when_connection_drops_after_data(mailbox: Mailbox) -> None:
    """The sender cannot know."""
    mailbox.drop_after_data = True
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send_mail(mailbox, build_mail())
    assert len(mailbox.messages_to(ANN)) == 1


async def test_mail_is_not_stored_when_sender_times_out(mailbox: Mailbox) -> None:
    """The server delays its acceptance."""
    mailbox.slow_seconds = 60
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send_mail(mailbox, build_mail(), seconds=0.3)
    mailbox.slow_seconds = 0
    await send_mail(mailbox, build_mail(message_id="<2@tvbot>"))
    assert [received.message_id for received in mailbox.messages] == ["<2@tvbot>"]


async def test_wait_returns_on_mail_from_any_thread(mailbox: Mailbox) -> None:
    """SMTP runs in its own thread. ServiceDesk Plus's own mail may come from any."""
    by_smtp = asyncio.create_task(mailbox.wait_for(lambda: mailbox.messages_to(ANN)))
    await send_mail(mailbox, build_mail())
    assert len(await by_smtp) == 1
    by_reply = asyncio.create_task(mailbox.wait_for(lambda: mailbox.messages_to("bob@example.test")))
    received = await asyncio.to_thread(
        mailbox.send_reply,
        sender="itdesk@example.test",
        to=["bob@example.test"],
        subject="Hello",
        html="<p>Hello</p>",
        message_id="<3@desk>",
    )
    assert await by_reply == [received]
    assert isinstance(received, ReceivedMail)
    assert received.via == "reply"
    with pytest.raises(TimeoutError):
        await mailbox.wait_for(lambda: mailbox.messages_to("eve@example.test"), timeout=0.01)


async def test_mail_server_restart_keeps_address_and_mail(mailbox: Mailbox) -> None:
    """It refuses connections while it is stopped."""
    await send_mail(mailbox, build_mail())
    before = mailbox.url
    mailbox.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send_mail(mailbox, build_mail())
    assert mailbox.start() == before
    await send_mail(mailbox, build_mail())
    assert len(mailbox.messages) == 2


def test_html_to_text_writes_links_after_their_labels() -> None:
    """A link whose label is its URL is written once."""
    html = '<style>p{}</style><p>Dear <b>Ann</b> &amp; co,</p><p><a href="https://e.test/join/x?a=1&amp;b=2">Join</a></p>'
    assert html_to_text(html) == "Dear Ann & co,\nJoin https://e.test/join/x?a=1&b=2"
    assert html_to_text('<a href="https://e.test/">https://e.test/</a>') == "https://e.test/"


@pytest.mark.parametrize("number", ["+33612345678", "%2B33612345678"])
async def test_sms_is_received(gateway: SmsGateway, number: str) -> None:
    """In the format of Apprise, with the plus sign escaped or not."""
    waiting = asyncio.create_task(gateway.wait_for(lambda: gateway.messages))
    assert await send_sms(gateway, number, "Votre lien : https://example.test/join/x?a=1&b=2 – é")
    (sms,) = await waiting
    assert (sms.to, sms.text) == ("+33612345678", "Votre lien : https://example.test/join/x?a=1&b=2 – é")


@pytest.mark.parametrize("number", ["0612345678", "ann", "+1"])
async def test_sms_to_invalid_number_is_refused(gateway: SmsGateway, number: str) -> None:
    """Numbers must be in E.164."""
    assert not await send_sms(gateway, number, "hello")
    assert gateway.messages == []


@pytest.mark.parametrize("fault", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.DROP, Fault.DROP_AFTER_COMMIT])
async def test_planned_gateway_fault_fails_one_send(gateway: SmsGateway, fault: Fault) -> None:
    """Only a connection that drops after the commit has delivered the message."""
    gateway.faults.plan("sms.send", fault)
    assert not await send_sms(gateway, "+33612345678", "hello")
    assert len(gateway.messages) == (fault is Fault.DROP_AFTER_COMMIT)
    assert await send_sms(gateway, "+33612345678", "again")
