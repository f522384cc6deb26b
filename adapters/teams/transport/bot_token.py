"""The bot's own access token for the Bot Connector, fetched about once an hour and shared by all calls."""

from datetime import datetime, timedelta

from adapters.single_flight import SingleFlight
from adapters.teams.transport.token_sources import TokenSource
from bot.errors import BotError, Unavailable
from bot.i18n import _
from bot.model.secret import Secret
from bot.ports import Clock
from bot.values import field, replace, value_class

EARLY_SECONDS = 300
"""A token is renewed this long before it expires."""
RETRY_SECONDS = 30
"""Pause after a failed renewal. Until it expires the old token stays in use, so that no message waits."""


@value_class
class _CachedToken:
    token: Secret = field(repr=False)
    renew_at: datetime
    expires_at: datetime


class BotToken:
    """The access token of the bot. Each process caches its own: Microsoft does not limit their number."""

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
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
            raise Unavailable(_("Microsoft’s sign-in service does not answer."))
        return self._cached.token

    async def _fetch_token(self) -> None:
        fresh = await self._source.fetch()
        now, lifetime = self._clock(), fresh.lifetime_seconds
        renew_at = now + timedelta(seconds=max(lifetime - EARLY_SECONDS, lifetime / 2))
        self._cached = _CachedToken(fresh.token, renew_at, now + timedelta(seconds=lifetime))
