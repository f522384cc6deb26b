"""Send mail by SMTP."""

from contextlib import suppress
from email.message import Message
from email.utils import parseaddr

import aiosmtplib
import structlog
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from adapters.calls import CheckCall, allow_every_call, begin_call, let_call_leave
from adapters.notify.mail_message import build_message
from adapters.notify.mail_server import MailServer
from adapters.outside_calls import CallResult, System, measured_call
from bot.errors import BotError, Rejected, Unavailable
from bot.i18n import _
from bot.ports import Mail

TIMEOUT_SECONDS = 20.0
"""Time limit for each answer of the mail server."""
QUIT_SECONDS = 2.0
_FIRST_PERMANENT_CODE = 500
_METHOD = "MAIL"
log = structlog.get_logger("notify")


class SmtpMailer:
    """Implements the port ``Mailer``.

    ``url`` is ``smtp://user:password@host:587?starttls=1`` or ``smtps://…``, None if there is no mail server.
    ``sender`` is an address, perhaps with a name: ``Help <help@example.com>``. ``check_call`` is called before a mail leaves.
    Raises ValueError for a wrong URL.
    """

    def __init__(self, url: str | None, sender: str | None, check_call: CheckCall = allow_every_call) -> None:
        self._server = MailServer.from_url(url) if url else None
        self._sender = sender or ""
        self._check_call = check_call
        self._own_host: str | None = None
        """The name of this machine, which a mail server is given. It is looked up with the first mail, in a thread."""

    @property
    def is_configured(self) -> bool:
        """Return whether mail can be sent."""
        return self._server is not None and bool(self._sender)

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises Unavailable (a retry may help) and Rejected (a retry does not help)."""
        if self._server is None or not self._sender:
            raise Rejected(_("No mail server is set up."))
        try:
            message = build_message(mail, self._sender)
            with measured_call(System.MAIL) as call:
                try:
                    await self._send_message(self._server, message, mail.to)
                except (SMTPException, ValueError) as error:
                    call.result = _result_of(_status_code(error))
                    raise
        except (SMTPException, OSError, ValueError) as error:
            log.warning("mail not sent", error=type(error).__name__, code=_status_code(error))
            # The cause quotes the server, and the server may quote the mail.
            raise _to_bot_error(error) from None

    async def sign_in(self) -> None:
        """Connect, encrypt and sign in as for a mail, and send none. Raises Unavailable and Rejected."""
        if self._server is None or not self._sender:
            raise Rejected(_("No mail server is set up."))
        client = _new_client(self._server)
        try:
            await client.connect()
            with suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        except (SMTPException, OSError, ValueError) as error:
            log.warning("no sign-in", error=type(error).__name__, code=_status_code(error))
            raise _to_bot_error(error) from None
        finally:
            client.close()

    async def _send_message(self, server: MailServer, message: Message, to: str) -> None:
        client = _new_client(server)
        try:
            begin_call(self._check_call, _METHOD)
            client.local_hostname = self._own_host
            await client.connect()
            self._own_host = client.local_hostname
            let_call_leave(self._check_call, _METHOD)
            await client.send_message(message, sender=parseaddr(self._sender)[1], recipients=[to])
            # The server has accepted the mail, so an error while quitting does not matter.
            with suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        finally:
            client.close()


def _new_client(server: MailServer) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password.reveal() if server.password else None,
        use_tls=server.is_tls,
        start_tls=server.starttls,
        timeout=TIMEOUT_SECONDS,
    )


def _status_code(error: Exception) -> int | None:
    """Return the server's status code, or the one for the recipient if that was refused. None without an answer."""
    if isinstance(error, SMTPRecipientsRefused):
        return max((refused.code for refused in error.recipients), default=None)
    return error.code if isinstance(error, SMTPResponseException) else None


def _result_of(code: int | None) -> CallResult:
    """Return how a call ended, by the status code of the server's answer."""
    if code is None:
        return CallResult.NO_ANSWER
    return CallResult.FAILED if code < _FIRST_PERMANENT_CODE else CallResult.REFUSED


def _to_bot_error(error: Exception) -> BotError:
    code = _status_code(error)
    if code is not None:
        return _to_answer_error(error, code)
    if isinstance(error, SMTPNotSupported | ValueError):
        return Rejected(_("The mail server cannot take this e-mail."))
    if isinstance(error, OSError):
        return Unavailable(_("The mail server does not answer."))
    return Rejected(
        _(
            "The mail server does not offer what the bot’s settings ask of it. Ask your administrator to check them."
        )
    )


def _to_answer_error(error: Exception, code: int) -> BotError:
    """Return the error for an answer: 4xx is temporary, 5xx is permanent (RFC 5321, 4.2.1)."""
    if code < _FIRST_PERMANENT_CODE:
        return Unavailable(_("The mail server cannot take the e-mail right now ({code}).", code=code))
    if isinstance(error, SMTPAuthenticationError):
        return Rejected(
            _(
                "The mail server does not accept the bot’s user name and password ({code}). "
                "Ask your administrator to check them.",
                code=code,
            )
        )
    return Rejected(_("The mail server refuses the e-mail ({code}).", code=code))
