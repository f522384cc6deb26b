"""Verify that a request to ``/api/messages`` comes from Microsoft Teams, and from a tenant that is served here."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Protocol, TypeGuard
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.loopback import is_loopback
from adapters.teams.incoming.activity import Origin
from adapters.teams.transport.jwks import SigningKey, SigningKeys
from bot.ports import Clock
from bot.values import value_class

CHANNEL = "msteams"
LEEWAY_SECONDS = 300
"""How far clocks may be apart (Bot Connector authentication: five minutes)."""
MAX_CACHED_TOKENS = 512
"""How many verified tokens are cached. Teams uses one for about an hour, so only a few are in use."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE | re.ASCII)
_INVALID = (jwt.PyJWTError, ValueError, TypeError, RecursionError)
_OPTIONS: Any = {
    "require": ["exp", "iss", "aud"],
    # Times are compared with the bot's own clock, below, on every request.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
_UNSIGNED: Any = {**_OPTIONS, "verify_signature": False, "verify_aud": True, "verify_iss": True}


class Refused(Exception):
    """The request is not from Teams, or not for this bot. Its text is a reason for the log and quotes nothing."""


class ActivityCheck(Protocol):
    """Decides whether an activity is accepted. ``is_local``: only requests from this machine are accepted."""

    is_local: bool

    async def verify_sender(self, authorization: str, origin: Origin) -> None:
        """Raise Refused unless the sender is accepted, and Unavailable if that cannot be checked now."""


@value_class
class _Claims:
    """The claims of a token whose issuer and audience are right."""

    service_url: str
    expires: float
    not_before: float


class TokenCheck:
    """Compares the bearer token with the activity.

    A signature is verified once per token, not once per request: Teams sends the same token for about an hour. That
    is safe: only verified tokens are cached, by their SHA-256; a cached token counts only while the key that verified
    it is still published; and everything that may differ between two requests (time, service URL, channel, tenant) is
    compared each time. Nothing compared here is secret, so no comparison needs constant time.

    Keys are looked up last, when everything else about a token is right. So a stranger who does not even know the
    bot's app id cannot make the bot ask Microsoft for anything.
    """

    is_local = False

    def __init__(
        self, app_id: str, keys: SigningKeys, tenants: Iterable[str], clock: Clock, *, issuer: str
    ) -> None:
        self._audiences = accepted_audiences(app_id)
        self._issuer = issuer
        self._keys = keys
        self._tenants = frozenset(tenant.lower() for tenant in tenants if tenant)
        self._clock = clock
        self._verified: dict[bytes, tuple[SigningKey, _Claims]] = {}

    async def verify_sender(self, authorization: str, origin: Origin) -> None:
        """Raise Refused unless Teams sent the activity for this bot, and Unavailable if the keys cannot be fetched."""
        bearer = _BEARER.fullmatch(authorization)
        if bearer is None:
            raise Refused("no bearer token")
        if origin.channel_id != CHANNEL:
            raise Refused("another channel")
        if origin.tenant.lower() not in self._tenants:
            raise Refused("a foreign tenant")
        key = await self._verify_token(bearer[1], origin)
        if CHANNEL not in key.endorsements:
            raise Refused("a key without endorsement")

    async def _verify_token(self, token: str, origin: Origin) -> SigningKey:
        """Return the key that signed a token for this activity."""
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._verified:
            key, claims = self._verified[digest]
            self._compare(claims, origin)
            if await self._keys.find_key(key.kid) is key:
                return key
        self._compare(self._decode_claims(token, "", _UNSIGNED), origin)
        key = await self._find_key_of(token)
        self._cache(digest, key, self._decode_claims(token, key.public, _OPTIONS))
        return key

    def _compare(self, claims: _Claims, origin: Origin) -> None:
        now = self._clock().timestamp()
        # Written so that a time that is not a number (NaN) is refused too.
        if not claims.not_before - LEEWAY_SECONDS <= now <= claims.expires + LEEWAY_SECONDS:
            raise Refused("expired or not valid yet")
        if _comparable(claims.service_url) != _comparable(origin.service_url):
            raise Refused("another service URL")

    def _cache(self, digest: bytes, key: SigningKey, claims: _Claims) -> None:
        self._verified.pop(digest, None)
        while len(self._verified) >= MAX_CACHED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = key, claims

    def _decode_claims(self, token: str, key: RSAPublicKey | str, options: Any) -> _Claims:
        try:
            claims = jwt.decode(
                token, key, ["RS256"], audience=self._audiences, issuer=self._issuer, options=options
            )
        except _INVALID as error:
            raise Refused(type(error).__name__) from None
        service_url, expires = claims.get("serviceurl"), claims.get("exp")
        not_before = claims.get("nbf", 0)
        if not isinstance(service_url, str) or not _is_number(expires) or not _is_number(not_before):
            raise Refused("claims that cannot be read")
        return _Claims(service_url, expires, not_before)

    async def _find_key_of(self, token: str) -> SigningKey:
        try:
            header = jwt.get_unverified_header(token)
        except _INVALID as error:
            raise Refused(type(error).__name__) from None
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise Refused("another algorithm")
        key = await self._keys.find_key(kid)
        if key is None:
            raise Refused("an unknown key")
        return key


def accepted_audiences(app_id: str) -> tuple[str, ...]:
    """Return the audiences that mean this bot: its app id, bare or as one of its two URIs (microsoft/teams.py)."""
    return app_id, f"api://{app_id}", f"api://botid-{app_id}"


class LoopbackCheck:
    """The check of ``TEAMS_ALLOW_ANONYMOUS``, for tools on this machine: answers go to this machine only."""

    is_local = True

    async def verify_sender(self, authorization: str, origin: Origin) -> None:
        """Raise Refused unless answers go to a loopback address."""
        del authorization
        try:
            parts = urlsplit(origin.service_url)
            host = parts.hostname or ""
        except ValueError:
            raise Refused("another service URL") from None
        if parts.scheme not in {"http", "https"} or not is_loopback(host):
            raise Refused("another service URL")


def _comparable(service_url: str) -> str:
    """Return a service URL without the differences that Teams makes between a token and its activity: case, and a last slash."""
    return service_url.rstrip("/").lower()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
