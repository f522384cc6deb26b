"""Hands one SMS to Apprise, in a thread, and reads from its log what became of it."""

import logging
import re
from enum import Enum, auto

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins import NotifyBase

READ_SECONDS = 20.0
"""How long a gateway may take to answer, where its URL does not say (``rto``)."""


class Fate(Enum):
    """What became of an SMS. ``UNSURE``: it may have gone out."""

    SENT = auto()
    REFUSED = auto()
    NOT_REACHED = auto()
    UNSURE = auto()


# Apprise tells only yes or no; its services log the rest, nearly all in the same words (Apprise 2.3).
_ANSWER = re.compile(r"error=(\d+)\.?\s*$")
_NEVER_LEFT = re.compile(
    r"Socket Exception: .*(?:(?:NewConnection|NameResolution|ConnectTimeout)Error|CERTIFICATE_VERIFY_FAILED)",
    re.DOTALL,
)
_GATEWAY_BROKEN = re.compile(r"5\d\d|205\d\d")
"""Status codes, and Twilio's codes for an error on its own side (Twilio documentation, error dictionary)."""
_TIMED_OUT = "408"
_NOWHERE = logging.NullHandler()


def silence() -> None:
    """Keep what Apprise logs to this module: it names numbers, texts and tokens."""
    apprise = logging.getLogger("apprise")
    apprise.propagate = False
    apprise.setLevel(logging.DEBUG)
    apprise.addHandler(_NOWHERE)
    # Its HTTP client logs addresses, and the number is in the address.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def read_gateway_url(url: str) -> NotifyBase | None:
    """Return the one service that a URL names, or None where Apprise cannot read it. It never sends twice."""
    service = Apprise.instantiate(url, asset=AppriseAsset(http_redirects=False))
    if service is not None:
        service.retry = 0
        if "rto=" not in url:
            service.socket_read_timeout = READ_SECONDS
    return service


def hand_over(service: NotifyBase, text: str) -> Fate:
    """Send once and wait for the answer. Blocks: run it in a thread."""
    gateway = Apprise()
    gateway.add(service)
    with gateway.notify(body=text, body_format=NotifyFormat.TEXT, log_level=logging.DEBUG) as result:
        if result:
            return Fate.SENT
        return _fate([(entry.level, entry.message) for entry in result.logs()])


def _fate(told: list[tuple[str, str]]) -> Fate:
    """Judge by what was logged; where that tells nothing, it may have gone out."""
    answers = [found[1] for level, line in told if level == "WARNING" and (found := _ANSWER.search(line))]
    if answers:
        broken = _GATEWAY_BROKEN.fullmatch(answers[-1]) or answers[-1] == _TIMED_OUT
        return Fate.UNSURE if broken else Fate.REFUSED
    if any(_NEVER_LEFT.match(line) for _level, line in told):
        return Fate.NOT_REACHED
    return Fate.UNSURE
