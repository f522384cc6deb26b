"""Sends SMS through whichever gateway an Apprise URL names."""

import asyncio
from urllib.parse import quote

import structlog

from adapters.notify.gateway import Fate, hand_over, read_gateway_url, silence
from adapters.notify.phone import e164
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret

_PLACE = "{to}"
log = structlog.get_logger("notify")


class AppriseTexter:
    """Implements the port ``Texter``.

    ``url_template`` is an Apprise URL with ``{to}`` where the number goes, None where there is no gateway. A number
    without a country is one of ``default_region``.
    """

    def __init__(self, url_template: Secret | None, default_region: str = "US") -> None:
        self._url_template = url_template
        self._default_region = default_region

    @property
    def is_configured(self) -> bool:
        """Whether there is a gateway at all."""
        return bool(self._url_template)

    async def send(self, phone: Secret, text: str) -> None:
        """Send an SMS, once.

        Raises Rejected (refused), OutcomeUnknown (it may have gone out) and Unavailable (it surely has not).
        """
        url = self._url(phone)
        fate = await asyncio.to_thread(_send, url, text)
        log.info("sms handed over", fate=fate.name.lower() if fate else "no gateway")
        match fate:
            case None:
                raise _wrong_address()
            case Fate.REFUSED:
                raise Rejected(_("The SMS gateway refused the message."))
            case Fate.NOT_REACHED:
                raise Unavailable(_("The SMS gateway cannot be reached."))
            case Fate.UNSURE:
                raise OutcomeUnknown(_("The SMS gateway did not confirm the message: it may have been sent."))

    def _url(self, phone: Secret) -> Secret:
        if not self._url_template:
            raise Rejected(_("No SMS gateway is set up."))
        template = self._url_template.reveal()
        if _PLACE not in template:
            raise _wrong_address()
        number = e164(phone, self._default_region)
        return Secret(template.replace(_PLACE, quote(number.reveal(), safe="")))


def _send(url: Secret, text: str) -> Fate | None:
    """Read the URL in the thread too: the first one loads every service that Apprise knows."""
    silence()
    service = read_gateway_url(url.reveal())
    return hand_over(service, text) if service is not None else None


def _wrong_address() -> Rejected:
    return Rejected(_("The SMS gateway’s address is set up wrongly. Ask your administrator to check it."))
