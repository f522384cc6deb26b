"""The keys that Microsoft signs its requests with: cached for a day, and fetched again for an unknown key id."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jwt
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.loopback import is_loopback
from adapters.single_flight import SingleFlight
from bot.errors import Unavailable
from bot.i18n import _
from bot.ports import Clock
from bot.values import field, value_class

CACHE_LIFETIME = timedelta(hours=24)
"""How long keys are used without a fetch (Bot Connector authentication: refresh at least once a day)."""
UNKNOWN_KEY_PAUSE = timedelta(minutes=5)
"""Least time between two fetches because of unknown key ids, and between two fetches because of the same one."""
UNKNOWN_KEY_BURST = 2
"""One fetch more is allowed at once: for the first token under a new key, right after a stranger's made-up key id.

A stranger who sends many ids uses it up. Then a new key may have to wait, for ``UNKNOWN_KEY_PAUSE`` at most. Mostly it
does not, because each fetch that the stranger causes brings the new keys too.
"""
FAILURE_PAUSE = timedelta(minutes=1)
FAILURE_BURST = 3
"""While fetches fail: least time between two, and how many may follow at once. Most failures are short."""
TIMEOUT_SECONDS = 5.0
"""For the metadata and the keys together."""
_MIN_KEY_BITS = 2048
log = structlog.get_logger("teams")


class RateLimit:
    """Allows an action once every ``every``, and ``burst`` times in a row after a quiet time.

    It is a leaky bucket (the generic cell rate algorithm, ITU-T I.371): one moment says how much is used up.
    """

    def __init__(self, every: timedelta, *, burst: int) -> None:
        self._every = every
        self._reserve = every * (burst - 1)
        self._used_up_to = datetime.min.replace(tzinfo=UTC)

    def allows(self, now: datetime) -> bool:
        """Whether the action is allowed now."""
        return self._used_up_to - now <= self._reserve

    def record_use(self, now: datetime) -> None:
        """Record that the action happens now."""
        self._used_up_to = max(self._used_up_to, now) + self._every


@value_class(eq=False)
class SigningKey:
    """A public key, and the channels that may sign with it."""

    kid: str
    public: RSAPublicKey = field(repr=False)
    endorsements: frozenset[str]


class SigningKeys:
    """The signing keys of an OpenID metadata document. All callers share one fetch at a time."""

    def __init__(self, session: ClientSession, openid_url: str, clock: Clock) -> None:
        self._session = session
        self._openid_url = openid_url
        self._clock = clock
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._fetches_begun = 0
        self._keys_from_fetch = 0
        self._failure_limit = RateLimit(FAILURE_PAUSE, burst=FAILURE_BURST)
        self._unknown_key_limit = RateLimit(UNKNOWN_KEY_PAUSE, burst=UNKNOWN_KEY_BURST)
        self._not_found: dict[str, datetime] = {}
        self._flight: SingleFlight[None] = SingleFlight()

    async def find_key(self, kid: str) -> SigningKey | None:
        """Return a key, or None if no key has this id. Raises Unavailable if that cannot be known now."""
        begun = self._fetches_begun
        await self._refresh_if_old()
        if kid not in self._keys and self._flight.is_running:
            await self._share_fetch(self._fetch_keys)
        # A fetch that began before this call may have been answered before the key was published.
        if kid not in self._keys and self._keys_from_fetch <= begun:
            await self._fetch_unknown_key(kid)
        return self._keys.get(kid)

    async def _refresh_if_old(self) -> None:
        if self._fetched_at is None:
            await self._share_fetch(self._fetch_keys)
        elif self._clock() - self._fetched_at >= CACHE_LIFETIME:
            with suppress(Unavailable):
                await self._share_fetch(self._fetch_keys)

    async def _fetch_unknown_key(self, kid: str) -> None:
        now = self._clock()
        self._not_found = {one: at for one, at in self._not_found.items() if now - at < UNKNOWN_KEY_PAUSE}

        async def fetch() -> None:
            await self._fetch_keys()
            self._unknown_key_limit.record_use(now)
            if kid not in self._keys:
                self._not_found[kid] = now

        if self._unknown_key_limit.allows(now) and kid not in self._not_found:
            await self._share_fetch(fetch)

    async def _share_fetch(self, fetch: Callable[[], Awaitable[None]]) -> None:
        """Fetch the keys, or wait for the fetch that is running. Raises Unavailable."""
        if not self._flight.is_running and not self._failure_limit.allows(self._clock()):
            raise _unavailable()
        await self._flight.run_or_join(fetch)

    async def _fetch_keys(self) -> None:
        self._fetches_begun += 1
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                metadata = await self._fetch_json(self._openid_url)
                keys = _usable_keys((await self._fetch_json(_keys_url(metadata))).get("keys"))
        except (ClientError, TimeoutError, ValueError, RecursionError) as error:
            self._failure_limit.record_use(self._clock())
            log.warning("signing keys unavailable", error=type(error).__name__)
            raise _unavailable() from None
        self._keys = keys
        self._fetched_at = self._clock()
        self._keys_from_fetch = self._fetches_begun

    async def _fetch_json(self, url: str) -> dict[str, Any]:
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK:
                raise ValueError("refused")
            document = json.loads(await answer.read())
        if not isinstance(document, dict):
            raise ValueError("not an object")  # noqa: TRY004 - handled together with what is not JSON
        return document


def _keys_url(metadata: dict[str, Any]) -> str:
    url = str(metadata.get("jwks_uri"))
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("no address of keys")
    return url


def _usable_keys(listed: Any) -> dict[str, SigningKey]:
    """Read the RSA keys. A key that cannot be read is left out; it is an error if none is left."""
    found = [_read_key(one) for one in listed] if isinstance(listed, list) else []
    keys = {key.kid: key for key in found if key is not None}
    if not keys:
        raise ValueError("no keys")
    return keys


def _read_key(one: Any) -> SigningKey | None:
    if not isinstance(one, dict) or one.get("kty") != "RSA" or not isinstance(one.get("kid"), str):
        return None
    try:
        public = jwt.PyJWK(one, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _MIN_KEY_BITS:
        return None
    endorsed = one.get("endorsements")
    channels = frozenset(str(channel) for channel in endorsed) if isinstance(endorsed, list) else frozenset()
    return SigningKey(one["kid"], public, channels)


def _unavailable() -> Unavailable:
    return Unavailable(_("Microsoft’s signing keys cannot be fetched."))
