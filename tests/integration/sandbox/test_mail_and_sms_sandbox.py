"""The simulated mailbox and SMS gateway take what real senders send, and fail in the ways real ones do."""

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


def mail(subject: str = "Ihr Link für „VPN“", message_id: str = "<1@tvbot>") -> EmailMessage:
    """A mail with a plain and an HTML part."""
    message = EmailMessage()
    message["From"] = "tvbot@example.test"
    message["To"] = ANN
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content("Bonjour Chloé")
    message.add_alternative("<p>Bonjour <b>Chloé</b></p>", subtype="html")
    return message


async def send(mailbox: Mailbox, message: EmailMessage, **options: float) -> None:
    """Send a mail as the product's own library does."""
    address = urlsplit(mailbox.url)
    await aiosmtplib.send(message, hostname=address.hostname, port=address.port, start_tls=False, **options)


async def text(gateway: SmsGateway, number: str, body: str) -> bool:
    """Send an SMS as the product's own library does."""
    sender = apprise.Apprise()
    assert sender.add(gateway.url.replace("{to}", number))
    return bool(await asyncio.to_thread(sender.notify, body=body, body_format="text"))


async def test_a_letter_arrives_with_both_its_parts(mailbox: Mailbox) -> None:
    await send(mailbox, mail())
    (letter,) = mailbox.messages_to("ANN@example.test")
    assert letter.subject == "Ihr Link für „VPN“"
    assert letter.text.strip() == "Bonjour Chloé"
    assert "<b>Chloé</b>" in letter.html
    assert (letter.sender, letter.to, letter.via) == ("tvbot@example.test", [ANN], "smtp")
    assert letter.message_id == "<1@tvbot>"
    assert mailbox.messages_to("bob@example.test") == []


async def test_a_letter_sent_twice_is_kept_twice_and_shown_once(mailbox: Mailbox) -> None:
    for message_id in ("<1@tvbot>", "<1@tvbot>", "<2@tvbot>"):
        await send(mailbox, mail(message_id=message_id))
    assert len(mailbox.messages_to(ANN)) == 3
    assert [letter.message_id for letter in mailbox.distinct_messages_to(ANN)] == ["<1@tvbot>", "<2@tvbot>"]


async def test_the_next_letter_alone_is_refused(mailbox: Mailbox) -> None:
    """At the recipient or at the letter."""
    mailbox.refuse_next(451, "4.3.0 Busy")
    with pytest.raises(aiosmtplib.SMTPDataError) as busy:
        await send(mailbox, mail())
    assert (busy.value.code, busy.value.message) == (451, "4.3.0 Busy")
    mailbox.refuse_next(550, "5.1.1 No such user", at="rcpt")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(mailbox, mail())
    assert mailbox.messages == []
    await send(mailbox, mail())
    assert len(mailbox.messages) == 1


async def test_a_connection_may_close_after_the_letter_was_taken(mailbox: Mailbox) -> None:
    """The sender cannot know, but the letter is there."""
    mailbox.drop_after_data = True
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mailbox, mail())
    assert len(mailbox.messages_to(ANN)) == 1


async def test_a_sender_who_gives_up_on_a_slow_server_has_sent_nothing(mailbox: Mailbox) -> None:
    mailbox.slow_seconds = 60
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send(mailbox, mail(), timeout=0.3)
    mailbox.slow_seconds = 0
    await send(mailbox, mail(message_id="<2@tvbot>"))
    assert [letter.message_id for letter in mailbox.messages] == ["<2@tvbot>"]


async def test_whoever_waits_is_woken_by_a_letter_from_any_thread(mailbox: Mailbox) -> None:
    """By SMTP, which runs in its own thread, and by the service desk's own mail."""
    by_smtp = asyncio.create_task(mailbox.wait_for(lambda: mailbox.messages_to(ANN)))
    await send(mailbox, mail())
    assert len(await by_smtp) == 1
    by_hand = asyncio.create_task(mailbox.wait_for(lambda: mailbox.messages_to("bob@example.test")))
    letter = await asyncio.to_thread(
        mailbox.send_reply,
        sender="itdesk@example.test",
        to=["bob@example.test"],
        subject="Hello",
        html="<p>Hello</p>",
        message_id="<3@desk>",
    )
    assert await by_hand == [letter]
    assert isinstance(letter, ReceivedMail)
    assert letter.via == "reply"
    with pytest.raises(TimeoutError):
        await mailbox.wait_for(lambda: mailbox.messages_to("eve@example.test"), timeout=0.01)


async def test_the_mailbox_comes_back_at_the_same_address(mailbox: Mailbox) -> None:
    """With the letters that it had."""
    await send(mailbox, mail())
    before = mailbox.url
    mailbox.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(mailbox, mail())
    assert mailbox.start() == before
    await send(mailbox, mail())
    assert len(mailbox.messages) == 2


def test_the_plain_view_of_a_page_keeps_its_links_as_words() -> None:
    html = '<style>p{}</style><p>Dear <b>Ann</b> &amp; co,</p><p><a href="https://e.test/join/x?a=1&amp;b=2">Join</a></p>'
    assert html_to_text(html) == "Dear Ann & co,\nJoin https://e.test/join/x?a=1&b=2"
    assert html_to_text('<a href="https://e.test/">https://e.test/</a>') == "https://e.test/"


@pytest.mark.parametrize("number", ["+33612345678", "%2B33612345678"])
async def test_a_text_reaches_its_phone(gateway: SmsGateway, number: str) -> None:
    """As Apprise posts it; the plus sign may be escaped."""
    waiting = asyncio.create_task(gateway.wait_for(lambda: gateway.messages))
    assert await text(gateway, number, "Votre lien : https://example.test/join/x?a=1&b=2 – é")
    (sms,) = await waiting
    assert (sms.to, sms.text) == ("+33612345678", "Votre lien : https://example.test/join/x?a=1&b=2 – é")


@pytest.mark.parametrize("number", ["0612345678", "ann", "+1"])
async def test_what_is_no_number_is_refused(gateway: SmsGateway, number: str) -> None:
    assert not await text(gateway, number, "hello")
    assert gateway.messages == []


@pytest.mark.parametrize("fault", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.DROP, Fault.DROP_AFTER_COMMIT])
async def test_the_gateway_fails_as_planned(gateway: SmsGateway, fault: Fault) -> None:
    """Only where the connection drops late has the text gone out."""
    gateway.faults.plan("sms.send", fault)
    assert not await text(gateway, "+33612345678", "hello")
    assert len(gateway.messages) == (fault is Fault.DROP_AFTER_COMMIT)
    assert await text(gateway, "+33612345678", "again")
