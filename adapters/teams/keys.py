"""The keys that Microsoft signs its requests with: fetched rarely, kept for a day, renewed when one is unknown."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jwt
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.settings import is_loopback
from adapters.teams.allowance import Allowance
from adapters.teams.flight import Flight
from bot.errors import Unavailable
from bot.i18n import _
from bot.ports import Clock

LIFE = timedelta(hours=24)
"""How long keys are good without looking again (Bot Connector authentication: refresh at least once a day)."""
UNKNOWN_PAUSE = timedelta(minutes=5)
"""Keys of unknown ids make the keys be fetched this often, whoever sends them, and one id never more often."""
UNKNOWN_AT_ONCE = 2
"""One such fetch is kept in reserve: for the first token under a new key, right after somebody made up another one.

Whoever goes on making up ids uses the reserve up. Then a new key may have to wait, for ``UNKNOWN_PAUSE`` at most; and
mostly it does not, as every fetch that was wrung from the bot brings the new keys, too.
"""
FAILED_PAUSE = timedelta(minutes=1)
FAILED_AT_ONCE = 3
"""While keys cannot be had they are asked for this often, the first few times at once: most failures are short."""
TIMEOUT_SECONDS = 5.0
"""For the metadata and the keys together."""
_SHORTEST_KEY_BITS = 2048
log = structlog.get_logger("teams")


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """A public key, and the channels that may sign with it."""

    kid: str
    public: RSAPublicKey = field(repr=False)
    endorsements: frozenset[str]


class SigningKeys:
    """The signing keys that an OpenID metadata document leads to. Everybody shares one fetch at a time."""

    def __init__(self, session: ClientSession, openid_url: str, clock: Clock) -> None:
        self._session = session
        self._openid_url = openid_url
        self._clock = clock
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._begun = 0
        self._shown_by = 0
        self._failures = Allowance(FAILED_PAUSE, at_once=FAILED_AT_ONCE)
        self._looks = Allowance(UNKNOWN_PAUSE, at_once=UNKNOWN_AT_ONCE)
        self._in_vain: dict[str, datetime] = {}
        self._flight: Flight[None] = Flight()

    async def find(self, kid: str) -> SigningKey | None:
        """Return a key; None where there is none of this id. Raises Unavailable where that cannot be known."""
        begun = self._begun
        await self._keep_fresh()
        if kid not in self._keys and self._flight.is_running:
            await self._renew(self._fetch)
        # What was under way before this was asked may have been answered before the key was published.
        if kid not in self._keys and self._shown_by <= begun:
            await self._look_for(kid)
        return self._keys.get(kid)

    async def _keep_fresh(self) -> None:
        if self._fetched_at is None:
            await self._renew(self._fetch)
        elif self._clock() - self._fetched_at >= LIFE:
            with suppress(Unavailable):
                await self._renew(self._fetch)

    async def _look_for(self, kid: str) -> None:
        now = self._clock()
        self._in_vain = {one: at for one, at in self._in_vain.items() if now - at < UNKNOWN_PAUSE}

        async def look() -> None:
            await self._fetch()
            self._looks.spend(now)
            if kid not in self._keys:
                self._in_vain[kid] = now

        if self._looks.is_left(now) and kid not in self._in_vain:
            await self._renew(look)

    async def _renew(self, fetch: Callable[[], Awaitable[None]]) -> None:
        """Fetch the keys, or wait for whoever does. Raises Unavailable."""
        if not self._flight.is_running and not self._failures.is_left(self._clock()):
            raise _away()
        await self._flight.join(fetch)

    async def _fetch(self) -> None:
        self._begun += 1
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                metadata = await self._read(self._openid_url)
                keys = _usable((await self._read(_address(metadata))).get("keys"))
        except (ClientError, TimeoutError, ValueError, RecursionError) as error:
            self._failures.spend(self._clock())
            log.warning("signing keys unavailable", error=type(error).__name__)
            raise _away() from None
        self._keys = keys
        self._fetched_at = self._clock()
        self._shown_by = self._begun

    async def _read(self, url: str) -> dict[str, Any]:
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK:
                raise ValueError("refused")
            document = json.loads(await answer.read())
        if not isinstance(document, dict):
            raise ValueError("not an object")  # noqa: TRY004 - read together with what cannot be parsed
        return document


def _address(metadata: dict[str, Any]) -> str:
    url = str(metadata.get("jwks_uri"))
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("no address of keys")
    return url


def _usable(listed: Any) -> dict[str, SigningKey]:
    """Read the RSA keys; one that cannot be read is left out, and none at all is a failure."""
    keys = {}
    for one in listed if isinstance(listed, list) else []:
        key = _key(one)
        if key is not None:
            keys[key.kid] = key
    if not keys:
        raise ValueError("no keys")
    return keys


def _key(one: Any) -> SigningKey | None:
    if not isinstance(one, dict) or one.get("kty") != "RSA" or not isinstance(one.get("kid"), str):
        return None
    try:
        public = jwt.PyJWK(one, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _SHORTEST_KEY_BITS:
        return None
    endorsed = one.get("endorsements")
    channels = frozenset(str(channel) for channel in endorsed) if isinstance(endorsed, list) else frozenset()
    return SigningKey(one["kid"], public, channels)


def _away() -> Unavailable:
    return Unavailable(_("Microsoft’s signing keys cannot be fetched."))
