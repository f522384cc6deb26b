"""Send one SMS through Apprise, and find out from its log whether it was sent."""

import logging
import re

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins import NotifyBase

from adapters.notify.sms_outcome import SmsOutcome

READ_SECONDS = 20.0
"""Time limit for the gateway's answer, if its URL sets none (``rto``)."""


# Apprise returns only True or False. Its services log the rest, nearly all in the same words (Apprise 2.3).
_ERROR_CODE = re.compile(r"error=(\d+)\.?\s*$")
_NOT_CONNECTED = re.compile(
    r"Socket Exception: .*(?:(?:NewConnection|NameResolution|ConnectTimeout)Error|CERTIFICATE_VERIFY_FAILED)",
    re.DOTALL,
)
_GATEWAY_ERROR = re.compile(r"5\d\d|205\d\d")
"""HTTP status codes, and Twilio's codes for an error on its own side (Twilio documentation, error dictionary)."""
_REQUEST_TIMEOUT = "408"
_NULL_HANDLER = logging.NullHandler()


def silence_apprise_logs() -> None:
    """Keep Apprise's log records inside this module. They hold phone numbers, texts and tokens."""
    apprise = logging.getLogger("apprise")
    apprise.propagate = False
    apprise.setLevel(logging.DEBUG)
    apprise.addHandler(_NULL_HANDLER)
    # Apprise's HTTP client logs URLs, and the phone number is in the URL.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def read_gateway_url(url: str) -> NotifyBase | None:
    """Return the service that a URL names. None if Apprise cannot read the URL. The service never sends twice."""
    service = Apprise.instantiate(url, asset=AppriseAsset(http_redirects=False))
    if service is not None:
        service.retry = 0
        if "rto=" not in url:
            service.socket_read_timeout = READ_SECONDS
    return service


def send_through_gateway(service: NotifyBase, text: str) -> SmsOutcome:
    """Send an SMS once and wait for the answer. Blocks, so run it in a thread."""
    gateway = Apprise()
    gateway.add(service)
    with gateway.notify(body=text, body_format=NotifyFormat.TEXT, log_level=logging.DEBUG) as result:
        if result:
            return SmsOutcome.SENT
        return _outcome_from_log([(record.level, record.message) for record in result.logs()])


def _outcome_from_log(records: list[tuple[str, str]]) -> SmsOutcome:
    """Return the outcome by the log records, each a level and a message. Without a known message it is unsure."""
    warnings = [message for level, message in records if level == "WARNING"]
    codes = [match[1] for message in warnings if (match := _ERROR_CODE.search(message))]
    if codes:
        # After an error on its side the gateway may have sent the SMS all the same.
        is_gateway_error = _GATEWAY_ERROR.fullmatch(codes[-1]) or codes[-1] == _REQUEST_TIMEOUT
        return SmsOutcome.UNSURE if is_gateway_error else SmsOutcome.REFUSED
    if any(_NOT_CONNECTED.match(message) for _level, message in records):
        return SmsOutcome.NOT_REACHED
    return SmsOutcome.UNSURE
