"""Send SMS through the gateway that an Apprise URL names."""

import asyncio
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import structlog

from adapters.calls import CheckCall, allow_every_call, begin_call, let_call_leave
from adapters.notify.gateway_url import NUMBER_PLACEHOLDER
from adapters.notify.sms_outcome import SmsOutcome
from adapters.outside_calls import CallResult, MeasuredCall, System
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret

_METHOD = "SMS"
_RESULTS = {
    SmsOutcome.SENT: CallResult.DONE,
    SmsOutcome.REFUSED: CallResult.REFUSED,
    SmsOutcome.NOT_REACHED: CallResult.NO_ANSWER,
    SmsOutcome.UNSURE: CallResult.NO_ANSWER,
}
log = structlog.get_logger("notify")


class AppriseTexter:
    """Implements the port ``Texter``.

    ``url_template`` is an Apprise URL with ``{to}`` in place of the number, or None if there is no gateway. ``check_call``
    is called before an SMS leaves.
    """

    def __init__(self, url_template: Secret | None, check_call: CheckCall = allow_every_call) -> None:
        self._url_template = url_template
        self._check_call = check_call

    async def send(self, number: Secret, text: str) -> None:
        """Send an SMS, once. ``number`` is in E.164.

        Raises Rejected (refused), OutcomeUnknown (it may have been sent) and Unavailable (it was certainly not sent).
        """
        url = self._url(number)
        begin_call(self._check_call, _METHOD)
        call = MeasuredCall(System.SMS)
        # The thread may have to wait for others, and to load Apprise.
        outcome = await asyncio.to_thread(
            _send_sms, url, text, partial(let_call_leave, self._check_call, _METHOD)
        )
        log.info("sms handed over", outcome=outcome.name.lower() if outcome else "wrong gateway URL")
        if outcome is not None:
            call.end(_RESULTS[outcome])
        match outcome:
            case None:
                raise _wrong_url()
            case SmsOutcome.REFUSED:
                raise Rejected(_("The SMS gateway refused the message."))
            case SmsOutcome.NOT_REACHED:
                raise Unavailable(_("The SMS gateway cannot be reached."))
            case SmsOutcome.UNSURE:
                raise OutcomeUnknown(_("The SMS gateway did not confirm the message: it may have been sent."))

    def _url(self, number: Secret) -> Secret:
        if not self._url_template:
            raise Rejected(_("No SMS gateway is set up."))
        template = self._url_template.reveal()
        if NUMBER_PLACEHOLDER not in template:
            raise _wrong_url()
        return Secret(template.replace(NUMBER_PLACEHOLDER, quote(number.reveal(), safe="")))


def _send_sms(url: Secret, text: str, leave: Callable[[], None]) -> SmsOutcome | None:
    """Send an SMS, in a thread. ``leave`` is called right before. None if Apprise cannot read the URL."""
    # Apprise costs every start 3 MB, and many installations send no SMS by a gateway.
    from adapters.notify.gateway import (  # noqa: PLC0415 - Apprise is loaded with the first SMS
        read_gateway_url,
        send_through_gateway,
        silence_apprise_logs,
    )

    silence_apprise_logs()
    # The first call loads every service that Apprise has, so it must not run on the event loop either.
    service = read_gateway_url(url.reveal())
    if service is None:
        return None
    leave()
    return send_through_gateway(service, text)


def _wrong_url() -> Rejected:
    return Rejected(_("The SMS gateway’s address is wrong. Ask your administrator to check it."))
