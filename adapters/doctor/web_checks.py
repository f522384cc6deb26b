"""Checks of the public address: who answers there, its certificate, and the route of the webhook."""

import asyncio
import json
import secrets
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from adapters.doctor.examination import CALL_SECONDS, Examination
from adapters.doctor.outcome import (
    SEE_KEYS,
    SEE_PUBLIC_URL,
    SEE_SETTINGS,
    CannotTell,
    Outcome,
    fails,
    is_not_set_up,
    works,
)
from adapters.http import NoResponse, Response, send_request
from adapters.settings import reveal_setting
from adapters.web.health import challenge_text
from adapters.web.hooks import DOCTOR
from bot.i18n import _
from bot.model.finding import Verdict

EXPIRES_SOON = timedelta(days=7)
_HTTPS_PORT = 443
_CHALLENGE_BYTES = 16


async def check_public_url(examination: Examination) -> Outcome:
    """Send a random number to the public address, and look whether the answer is signed with this bot's keys."""
    return await examination.find_once(_find_who_answers)


async def _find_who_answers(examination: Examination) -> Outcome:
    url, vault = examination.settings.public_url, examination.installed.vault
    if not url or vault is None:
        raise CannotTell(SEE_SETTINGS)
    challenge = secrets.token_hex(_CHALLENGE_BYTES)
    try:
        response = await send_request(
            examination.http, "GET", f"{url}/healthz", params={"challenge": challenge}
        )
    except NoResponse:
        if await _has_wrong_certificate(examination):
            raise CannotTell(_("Its certificate is wrong: see the check “Certificate”.")) from None
        return fails(_("Nobody answers there, seen from this machine."))
    answer = _parse_object(response)
    if response.status_code != HTTPStatus.OK or answer.get("status") != "alive":
        status = response.status_code
        return fails(_("Something other than tvbot answers there (status {status}).", status=status))
    if not vault.is_signature_valid(challenge_text(challenge), str(answer.get("proof", ""))):
        if await examination.has_wrong_keys():
            raise CannotTell(SEE_KEYS)
        return fails(_("A tvbot answers there, but of another version, or with other keys than these."))
    return works(
        _(
            "This bot answers there. Whether Slack and Microsoft reach it too cannot be seen from this machine."
        )
    )


async def _has_wrong_certificate(examination: Examination) -> bool:
    try:
        return (await examination.find_once(_find_certificate)).verdict is Verdict.FAILED
    except CannotTell:
        return False


def _parse_object(response: Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


async def check_certificate(examination: Examination) -> Outcome:
    """Look whether the certificate of the public address is trusted, and for how long it is valid."""
    return await examination.find_once(_find_certificate)


async def _find_certificate(examination: Examination) -> Outcome:
    url = examination.settings.public_url
    if not url:
        raise CannotTell(SEE_SETTINGS)
    parts = urlsplit(url)
    if parts.scheme != "https":
        return is_not_set_up(_("The public address is one of this machine, without https."))
    try:
        async with asyncio.timeout(CALL_SECONDS):
            ends_at = await _read_end(parts.hostname or "", parts.port or _HTTPS_PORT)
    except ssl.SSLCertVerificationError as error:
        return fails(_("It is not trusted: {reason}.", reason=error.verify_message.rstrip(".")))
    except ssl.SSLError:
        return fails(_("What answers there does not use TLS correctly."))
    except (OSError, TimeoutError):
        raise CannotTell(_("Nobody answers there, seen from this machine.")) from None
    return judge_end(ends_at, examination.installed.clock())


async def _read_end(host: str, port: int) -> datetime:
    """Return when the certificate of a server ends. Raises ssl.SSLError, OSError."""
    _reader, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    try:
        certificate = writer.get_extra_info("peercert") or {}
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def judge_end(ends_at: datetime, now: datetime) -> Outcome:
    """Return the outcome for a trusted certificate that ends at a moment."""
    detail = _("It is trusted, and valid until {time}.", time=ends_at)
    return fails(detail) if ends_at - now < EXPIRES_SOON else works(detail)


async def check_hook(examination: Examination) -> Outcome:
    """Call the webhook at the public address with the secret, about an event that changes nothing."""
    settings = examination.settings
    if settings.servicedesk_hook_secret is None:
        return is_not_set_up(_("Sessions of closed requests are not ended: the webhook has no secret."))
    if (await examination.find_once(_find_who_answers)).verdict is not Verdict.OK:
        # The secret must not be sent to somebody else.
        raise CannotTell(SEE_PUBLIC_URL)
    try:
        response = await send_request(
            examination.http,
            "POST",
            f"{settings.public_url}/hooks/servicedesk",
            json={"event": DOCTOR, "request_id": "1"},
            headers={"X-TVBot-Secret": reveal_setting(settings.servicedesk_hook_secret).reveal()},
        )
    except NoResponse:
        raise CannotTell(SEE_PUBLIC_URL) from None
    match response.status_code:
        case HTTPStatus.ACCEPTED:
            return works(_("It takes the secret."))
        case HTTPStatus.UNAUTHORIZED:
            return fails(_("The bot that runs has another secret."))
        case HTTPStatus.NOT_FOUND:
            return fails(_("The bot that runs has no secret for it."))
        case status:
            return fails(_("It answers with status {status}.", status=int(status)))
