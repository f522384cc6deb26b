"""The bot's own access token for the Bot Connector, fetched about once an hour and shared by all calls."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout

from adapters.single_flight import SingleFlight
from bot.errors import BotError, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret
from bot.ports import Clock

EARLY_SECONDS = 300
"""A token is renewed this long before it expires."""
RETRY_SECONDS = 30
"""Pause after a failed renewal. Until it expires the old token stays in use, so that no message waits."""
TIMEOUT_SECONDS = 10.0
_DEFAULT_LIFETIME_SECONDS = 3600
"""The shortest lifetime of Microsoft's tokens (Microsoft identity platform, access tokens)."""
_MAX_LIFETIME_SECONDS = 86400
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
log = structlog.get_logger("teams")


@dataclass(frozen=True, slots=True)
class _CachedToken:
    token: Secret = field(repr=False)
    renew_at: datetime
    expires_at: datetime


class BotToken:
    """The access token for the bot's credentials. Each process caches its own: Microsoft does not limit their number."""

    def __init__(
        self, session: ClientSession, token_url: str, app_id: str, secret: Secret, clock: Clock, *, scope: str
    ) -> None:
        self._session = session
        self._token_url = token_url
        self._scope = scope
        self._app_id = app_id
        self._secret = secret
        self._clock = clock
        self._cached: _CachedToken | None = None
        self._flight: SingleFlight[None] = SingleFlight()

    async def token(self) -> Secret:
        """Return a token that has not expired. Raises Unavailable, Rejected."""
        cached = self._cached
        if cached is not None and self._clock() < cached.renew_at:
            return cached.token
        try:
            return await self._fetch_shared()
        except BotError:
            now = self._clock()
            if cached is None or now >= cached.expires_at or self._cached is None:
                raise
            if self._cached is cached:
                retry_at = now + timedelta(seconds=RETRY_SECONDS)
                self._cached = replace(cached, renew_at=min(retry_at, cached.expires_at))
            return self._cached.token

    async def renew(self, refused: Secret) -> Secret:
        """Return another token than ``refused``. Raises Unavailable, Rejected."""
        if self._cached is not None and self._cached.token != refused:
            return await self.token()
        self._cached = None
        return await self._fetch_shared()

    async def _fetch_shared(self) -> Secret:
        await self._flight.run_or_join(self._fetch_token)
        if self._cached is None:
            raise _unavailable()
        return self._cached.token

    async def _fetch_token(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "client_secret": self._secret.reveal(),
            "scope": self._scope,
        }
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._session.post(
                self._token_url, data=form, timeout=timeout, allow_redirects=False
            ) as answer:
                status, body = answer.status, _json_object(await answer.read())
        except (ClientError, TimeoutError) as error:
            log.warning("token unanswered", error=type(error).__name__)
            raise _unavailable() from None
        token = body.get("access_token")
        if status != HTTPStatus.OK or not isinstance(token, str) or not token:
            raise _refusal(status, body)
        now, lifetime = self._clock(), _lifetime_seconds(body)
        renew_at = now + timedelta(seconds=max(lifetime - EARLY_SECONDS, lifetime / 2))
        self._cached = _CachedToken(Secret(token), renew_at, now + timedelta(seconds=lifetime))


def _json_object(answered: bytes) -> dict[str, Any]:
    try:
        body = json.loads(answered)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _lifetime_seconds(body: dict[str, Any]) -> int:
    try:
        return min(max(int(body["expires_in"]), 1), _MAX_LIFETIME_SECONDS)
    except (KeyError, TypeError, ValueError, OverflowError):
        return _DEFAULT_LIFETIME_SECONDS


def _refusal(status: int, body: dict[str, Any]) -> BotError:
    """Return the error to raise. It names Microsoft's error code only: its sentences quote ids."""
    code = str(body.get("error", ""))
    error = code if _ERROR_CODE.fullmatch(code) else ""
    log.warning("token refused", status=status, error=error)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and error and error != "temporarily_unavailable" and status != HTTPStatus.TOO_MANY_REQUESTS:
        return Rejected(
            _(
                "Microsoft does not accept the bot’s sign-in ({error}). "
                "Ask your administrator to check the ID, password and tenant of the Teams app in the bot’s settings.",
                error=error,
            )
        )
    return _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable(_("Microsoft’s sign-in service does not answer."))
