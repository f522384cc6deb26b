"""The token that the bot shows to the Bot Connector: asked for once an hour, however many send."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout

from adapters.teams.flight import Flight
from bot.errors import BotError, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret
from bot.ports import Clock

SCOPE = "https://api.botframework.com/.default"
EARLY_SECONDS = 300
"""A token is renewed this long before its time is over."""
AGAIN_SECONDS = 30
"""Where it cannot be renewed, it goes on serving to its end, and is tried for this often: nobody's message waits for it."""
TIMEOUT_SECONDS = 10.0
_SHORTEST_LIFE_SECONDS = 3600
"""What Microsoft's tokens live at least, where none is told (Microsoft identity platform, access tokens)."""
_LONGEST_LIFE_SECONDS = 86400
_ERROR = re.compile(r"[a-z_]{1,40}")
log = structlog.get_logger("teams")


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Secret = field(repr=False)
    renew_at: datetime
    expires_at: datetime


class BotToken:
    """The tokens of the bot's own credentials. They live in this process alone: Microsoft limits no one."""

    def __init__(
        self, session: ClientSession, token_url: str, app_id: str, secret: Secret, clock: Clock
    ) -> None:
        self._session = session
        self._token_url = token_url
        self._app_id = app_id
        self._secret = secret
        self._clock = clock
        self._kept: _Kept | None = None
        self._flight: Flight[None] = Flight()

    async def token(self) -> Secret:
        """Return a token believed to be good. Raises Unavailable, Rejected."""
        kept = self._kept
        if kept is not None and self._clock() < kept.renew_at:
            return kept.token
        try:
            return await self._fetched()
        except BotError:
            now = self._clock()
            if kept is None or now >= kept.expires_at or self._kept is None:
                raise
            if self._kept is kept:
                again = now + timedelta(seconds=AGAIN_SECONDS)
                self._kept = replace(kept, renew_at=min(again, kept.expires_at))
            return self._kept.token

    async def renew(self, refused: Secret) -> Secret:
        """Return another token than ``refused``. Raises Unavailable, Rejected."""
        if self._kept is not None and self._kept.token != refused:
            return await self.token()
        self._kept = None
        return await self._fetched()

    async def _fetched(self) -> Secret:
        await self._flight.join(self._fetch)
        if self._kept is None:
            raise _away()
        return self._kept.token

    async def _fetch(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "client_secret": self._secret.reveal(),
            "scope": SCOPE,
        }
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._session.post(
                self._token_url, data=form, timeout=timeout, allow_redirects=False
            ) as answer:
                status, body = answer.status, _body(await answer.read())
        except (ClientError, TimeoutError) as error:
            log.warning("token unanswered", error=type(error).__name__)
            raise _away() from None
        token = body.get("access_token")
        if status != HTTPStatus.OK or not isinstance(token, str) or not token:
            raise _trouble(status, body)
        now, life = self._clock(), _life_seconds(body)
        renew_at = now + timedelta(seconds=max(life - EARLY_SECONDS, life / 2))
        self._kept = _Kept(Secret(token), renew_at, now + timedelta(seconds=life))


def _body(answered: bytes) -> dict[str, Any]:
    try:
        body = json.loads(answered)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _life_seconds(body: dict[str, Any]) -> int:
    try:
        return min(max(int(body["expires_in"]), 1), _LONGEST_LIFE_SECONDS)
    except (KeyError, TypeError, ValueError, OverflowError):
        return _SHORTEST_LIFE_SECONDS


def _trouble(status: int, body: dict[str, Any]) -> BotError:
    """Say what is wrong, in Microsoft's one word for it; its sentences quote ids (Microsoft identity platform)."""
    told = str(body.get("error", ""))
    error = told if _ERROR.fullmatch(told) else ""
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
    return _away()


def _away() -> Unavailable:
    return Unavailable(_("Microsoft’s sign-in service does not answer."))
