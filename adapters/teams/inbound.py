"""Whether a request to ``/api/messages`` comes from Microsoft Teams, and for a tenant that is served here."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.settings import is_loopback
from adapters.teams.keys import SigningKey, SigningKeys
from bot.ports import Clock

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
LEEWAY_SECONDS = 300
"""How far clocks may be apart (Bot Connector authentication: five minutes)."""
REMEMBERED = 512
"""How many verified tokens are remembered. Teams uses one for about an hour, so a handful is in use."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE | re.ASCII)
_BROKEN = (jwt.PyJWTError, ValueError, TypeError, RecursionError)
_OPTIONS: Any = {
    "require": ["exp", "iss", "aud"],
    # Times are held against the bot's own clock, below, on every request.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
_UNSIGNED: Any = {**_OPTIONS, "verify_signature": False, "verify_aud": True, "verify_iss": True}


class Refused(Exception):
    """The request is not from Teams, or not for us. Its text is a reason for the log and quotes nothing."""


class Check(Protocol):
    """Decides whether an activity may be looked at. ``is_local``: only requests of this machine's own are let in."""

    is_local: bool

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Raise Refused unless it may; Unavailable where that cannot be known now."""


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a token says, besides its issuer and audience, which are right."""

    service_url: str
    expires: float
    not_before: float


class InboundCheck:
    """Holds the bearer token and the activity against each other.

    A signature is verified once a token, not once a request: Teams sends the same token for about an hour. That is
    safe because only tokens that passed are remembered, by their SHA-256; because one counts only while the very key
    that verified it is still published; and because everything that may differ between two requests (the time, the
    service URL, the channel, the tenant) is held against the token each time. Nothing that is compared here is a
    secret, so no comparison needs to take constant time.

    Keys are looked for last, when everything else about a token is right: a stranger who does not even know whom to
    pretend to be cannot make the bot ask Microsoft for anything.
    """

    is_local = False

    def __init__(self, app_id: str, keys: SigningKeys, tenants: Iterable[str], clock: Clock) -> None:
        self._app_id = app_id
        self._keys = keys
        self._tenants = frozenset(tenant.lower() for tenant in tenants if tenant)
        self._clock = clock
        self._verified: dict[bytes, tuple[SigningKey, _Claims]] = {}

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Raise Refused unless the request is from Teams and for us; Unavailable where the keys cannot be had."""
        bearer = _BEARER.fullmatch(authorization)
        if bearer is None:
            raise Refused("no bearer token")
        if activity.get("channelId") != CHANNEL:
            raise Refused("another channel")
        if (tenant_of(activity) or "").lower() not in self._tenants:
            raise Refused("a foreign tenant")
        key = await self._signed(bearer[1], activity)
        if CHANNEL not in key.endorsements:
            raise Refused("a key without endorsement")

    async def _signed(self, token: str, activity: Mapping[str, Any]) -> SigningKey:
        """Return the key that a token for this activity is signed with."""
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._verified:
            key, claims = self._verified[digest]
            self._hold(claims, activity)
            if await self._keys.find(key.kid) is key:
                return key
        self._hold(self._claims(token, "", _UNSIGNED), activity)
        key = await self._key_of(token)
        self._remember(digest, key, self._claims(token, key.public, _OPTIONS))
        return key

    def _hold(self, claims: _Claims, activity: Mapping[str, Any]) -> None:
        now = self._clock().timestamp()
        # Written so that a time which is no number (NaN) is refused as well.
        if not claims.not_before - LEEWAY_SECONDS <= now <= claims.expires + LEEWAY_SECONDS:
            raise Refused("expired or not valid yet")
        if claims.service_url != activity.get("serviceUrl"):
            raise Refused("another service URL")

    def _remember(self, digest: bytes, key: SigningKey, claims: _Claims) -> None:
        self._verified.pop(digest, None)
        while len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = key, claims

    def _claims(self, token: str, key: RSAPublicKey | str, options: Any) -> _Claims:
        try:
            claims = jwt.decode(token, key, ["RS256"], audience=self._app_id, issuer=ISSUER, options=options)
        except _BROKEN as error:
            raise Refused(type(error).__name__) from None
        service_url, expires = claims.get("serviceurl"), claims.get("exp")
        not_before = claims.get("nbf", 0)
        if not isinstance(service_url, str) or not _is_number(expires) or not _is_number(not_before):
            raise Refused("claims that cannot be read")
        return _Claims(service_url, expires, not_before)

    async def _key_of(self, token: str) -> SigningKey:
        try:
            header = jwt.get_unverified_header(token)
        except _BROKEN as error:
            raise Refused(type(error).__name__) from None
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise Refused("another algorithm")
        key = await self._keys.find(kid)
        if key is None:
            raise Refused("an unknown key")
        return key


class Anonymous:
    """The check of ``TEAMS_ALLOW_ANONYMOUS``, for tools on this machine: answers go to this machine alone."""

    is_local = True

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Raise Refused unless answers would go to a loopback address."""
        del authorization
        try:
            parts = urlsplit(str(activity.get("serviceUrl")))
            host = parts.hostname or ""
        except ValueError:
            raise Refused("another service URL") from None
        if parts.scheme not in {"http", "https"} or not is_loopback(host):
            raise Refused("another service URL")


def tenant_of(activity: Mapping[str, Any]) -> str | None:
    """Return the tenant that an activity is from: Teams tells it in two places."""
    for holder, name in (
        (_inner(activity.get("channelData"), "tenant"), "id"),
        (activity.get("conversation"), "tenantId"),
    ):
        found = _inner(holder, name)
        if isinstance(found, str) and found:
            return found
    return None


def _inner(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
