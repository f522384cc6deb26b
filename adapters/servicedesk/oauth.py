"""The organisation's authorization at Zoho: exchange the refresh token for access tokens."""

import json
from http import HTTPStatus
from typing import Any

import structlog

from adapters.http import HttpClient, NoResponse, Response, send_request
from bot.errors import BotError, NotAuthorized, Unavailable
from bot.i18n import _
from bot.model.connection import Tokens
from bot.model.secret import Secret

PAUSE_SECONDS = 600.0
"""Zoho issues ten access tokens in ten minutes for a refresh token, then none until they are over (Zoho OAuth
documentation)."""
LIFETIME_SECONDS = 3600
"""Lifetime of an access token (Zoho OAuth documentation)."""

_REFUSALS = frozenset({"access_denied", "unauthorized_client", "missing_org_info"})
log = structlog.get_logger("servicedesk")


class AuthorizationRefused(NotAuthorized):
    """Zoho refuses the client or its refresh token. ``error`` is Zoho's own code."""

    def __init__(self, error: str) -> None:
        super().__init__(
            _(
                "ServiceDesk Plus no longer accepts the bot’s authorization ({error}). "
                "Ask your administrator to renew it.",
                error=error,
            )
        )
        self.error = error


class ZohoOAuth:
    """Requests access tokens from Zoho's accounts server. ``accounts_url`` is its origin in one data centre."""

    def __init__(
        self,
        http: HttpClient,
        accounts_url: str,
        client_id: str,
        client_secret: Secret,
        refresh_token: Secret,
    ) -> None:
        self._http = http
        self._url = _token_url(accounts_url)
        self._client_id = client_id
        self._client_secret = client_secret
        self._refresh_token = refresh_token

    async def request_access_token(self) -> Tokens:
        """Request a new access token. The refresh token stays the same. Raises NotAuthorized, Unavailable."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret.reveal(),
            "refresh_token": self._refresh_token.reveal(),
        }
        try:
            response = await send_request(self._http, "POST", self._url, data=form)
        except NoResponse as error:
            log.warning("no response to token request", reason=str(error))
            # The cause holds the request, and the request holds the secrets.
            raise Unavailable(_("Zoho’s sign-in service does not answer.")) from None
        body = _parse_object(response)
        if response.is_success and isinstance(body.get("access_token"), str) and body["access_token"]:
            return Tokens(Secret(body["access_token"]), None, _lifetime_seconds(body))
        raise _refusal_error(response.status_code, body)


async def redeem_grant_code(
    http: HttpClient, accounts_url: str, client_id: str, client_secret: Secret, code: Secret
) -> Secret | None:
    """Exchange a code of the Zoho API console for a refresh token. None: Zoho refuses it, as every other text.

    A code works once, and for some minutes (Zoho OAuth documentation, "Self Client"). Raises Unavailable.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret.reveal(),
        "code": code.reveal(),
    }
    try:
        response = await send_request(http, "POST", _token_url(accounts_url), data=form)
    except NoResponse:
        # The cause holds the request, and the request holds the secrets.
        raise Unavailable(_("Zoho’s sign-in service does not answer.")) from None
    token = _parse_object(response).get("refresh_token")
    return Secret(token) if response.is_success and isinstance(token, str) and token else None


def _token_url(accounts_url: str) -> str:
    return f"{accounts_url.rstrip('/')}/oauth/v2/token"


def _parse_object(response: Response) -> dict[str, Any]:
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _lifetime_seconds(body: dict[str, Any]) -> int:
    """Return ``expires_in``, at most an hour, because some Zoho products send milliseconds (undocumented)."""
    try:
        seconds = int(body["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return LIFETIME_SECONDS
    return seconds if 0 < seconds <= LIFETIME_SECONDS else LIFETIME_SECONDS


def _refusal_error(status: int, body: dict[str, Any]) -> BotError:
    """Return the error for a refusal. It comes with status 200 as well as 400 (seen in production traffic)."""
    error = str(body.get("error", ""))[:40]
    log.warning("token refused", status=status, error=error)
    if _is_rate_limited(status, error, str(body.get("error_description", ""))):
        text = _("Zoho’s sign-in service accepts no more calls for some minutes: there were too many.")
        return Unavailable(text, retry_after=PAUSE_SECONDS)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and (error.startswith("invalid_") or error in _REFUSALS):
        return AuthorizationRefused(error)
    return Unavailable(_("Zoho’s sign-in service reports an error on its side."))


def _is_rate_limited(status: int, error: str, description: str) -> bool:
    return (
        status == HTTPStatus.TOO_MANY_REQUESTS
        or error.lower() == "access denied"
        or "too many requests" in description.lower()
    )
