"""The organisation's authorization at Zoho: a refresh token becomes access tokens."""

import json
from http import HTTPStatus
from typing import Any

import structlog

from adapters.http import AsyncClient, NoResponse, Response, send
from bot.errors import BotError, NotAuthorized, Unavailable
from bot.i18n import _
from bot.model.connection import Tokens
from bot.model.secret import Secret

PAUSE_SECONDS = 600.0
"""Ten access tokens per ten minutes and refresh token, then none for the rest of them (Zoho OAuth documentation)."""
LIFE_SECONDS = 3600
"""How long an access token lives (Zoho OAuth documentation)."""

_REFUSALS = frozenset({"access_denied", "unauthorized_client", "missing_org_info"})
log = structlog.get_logger("servicedesk")


class ZohoOAuth:
    """Asks Zoho's accounts server of one data centre for access tokens. ``accounts_url`` is its origin."""

    def __init__(
        self,
        http: AsyncClient,
        accounts_url: str,
        client_id: str,
        client_secret: Secret,
        refresh_token: Secret,
    ) -> None:
        self._http = http
        self._url = f"{accounts_url.rstrip('/')}/oauth/v2/token"
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token

    async def refresh(self) -> Tokens:
        """Get a new access token; the refresh token stays the same. Raises NotAuthorized, Unavailable."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret.reveal(),
            "refresh_token": self._refresh_token.reveal(),
        }
        try:
            response = await send(self._http, "POST", self._url, data=form)
        except NoResponse as error:
            log.warning("token unanswered", reason=str(error))
            # The cause holds the request, and the request holds the secrets.
            raise Unavailable(_("Zoho’s sign-in service does not answer.")) from None
        body = _body(response)
        if response.is_success and isinstance(body.get("access_token"), str) and body["access_token"]:
            return Tokens(Secret(body["access_token"]), None, _life_seconds(body))
        raise _trouble(response.status_code, body)


def _body(response: Response) -> dict[str, Any]:
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _life_seconds(body: dict[str, Any]) -> int:
    """Some Zoho products tell milliseconds (undocumented), so nothing above an hour is believed."""
    try:
        told = int(body["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return LIFE_SECONDS
    return told if 0 < told <= LIFE_SECONDS else LIFE_SECONDS


def _trouble(status: int, body: dict[str, Any]) -> BotError:
    """Say what is wrong. Refusals come with status 200 as well as 400 (seen in production traffic)."""
    error = str(body.get("error", ""))[:40]
    log.warning("token refused", status=status, error=error)
    if _is_throttled(status, error, str(body.get("error_description", ""))):
        text = _(
            "Zoho’s sign-in service gives the bot no more access for some minutes: it was asked too often."
        )
        return Unavailable(text, retry_after=PAUSE_SECONDS)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and (error.startswith("invalid_") or error in _REFUSALS):
        return NotAuthorized(
            _(
                "ServiceDesk Plus no longer accepts the bot’s authorization ({error}). "
                "Ask your administrator to renew it.",
                error=error,
            )
        )
    return Unavailable(_("Zoho’s sign-in service reports an error on its side."))


def _is_throttled(status: int, error: str, description: str) -> bool:
    return (
        status == HTTPStatus.TOO_MANY_REQUESTS
        or error.lower() == "access denied"
        or "too many requests" in description.lower()
    )
