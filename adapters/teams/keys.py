"""The keys that Microsoft signs its requests with: fetched rarely, kept for a day, renewed when one is unknown."""

import asyncio
import json
from collections.abc import Mapping
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
from adapters.teams.flight import Flight
from bot.errors import Unavailable
from bot.i18n import _
from bot.ports import Clock

LIFE = timedelta(hours=24)
"""How long keys are good without looking again (Bot Connector authentication: refresh at least once a day)."""
UNKNOWN_PAUSE = timedelta(minutes=5)
"""A key id that is not known makes the keys be fetched at most this often, whoever sends it."""
FAILED_PAUSE = timedelta(minutes=1)
"""While fresh keys cannot be had, the old ones serve, and are asked for this often."""
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
        self._fetches = 0
        self._fetched_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._unknown_at: datetime | None = None
        self._flight: Flight[None] = Flight()

    async def find(self, kid: str) -> SigningKey | None:
        """Return a key; None where there is none of this id. Raises Unavailable where that cannot be known."""
        fetches = self._fetches
        await self._keep_fresh()
        found = self._keys.get(kid)
        if found is None and fetches == self._fetches:
            await self._look_for_unknown()
            found = self._keys.get(kid)
        return found

    async def _keep_fresh(self) -> None:
        now = self._clock()
        if self._fetched_at is None:
            await self._flight.join(self._fetch)
        elif now - self._fetched_at >= LIFE and (
            self._failed_at is None or now - self._failed_at >= FAILED_PAUSE
        ):
            with suppress(Unavailable):
                await self._flight.join(self._fetch)

    async def _look_for_unknown(self) -> None:
        now = self._clock()
        if not self._flight.is_running:
            if self._unknown_at is not None and now - self._unknown_at < UNKNOWN_PAUSE:
                if self._failed_at is not None:
                    raise _away()
                return
            self._unknown_at = now
        await self._flight.join(self._fetch)

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                metadata = await self._read(self._openid_url)
                keys = _usable((await self._read(_address(metadata))).get("keys"))
        except (ClientError, TimeoutError, ValueError, RecursionError) as error:
            self._failed_at = self._clock()
            log.warning("signing keys unavailable", error=type(error).__name__)
            raise _away() from None
        self._keys = keys
        self._fetches += 1
        self._fetched_at = self._clock()
        self._failed_at = None

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
