"""The Bot Framework as an issuer: the keys it publishes, and the tokens that prove an activity to come from it."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm, RSAAlgorithm

from sandbox.teams.model import Json
from sandbox.teams.state import TeamsState

ISSUER = "https://api.botframework.com"
TOKEN_LIFE = timedelta(hours=1)
_REUSED_FOR = timedelta(minutes=30)
_EXPONENT = 65537


class _AnySecret(HMACAlgorithm):
    """Signs with anything, a public key included, which the library rightly refuses."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key


_JWS = jwt.PyJWS()
_JWS.unregister_algorithm("HS256")
_JWS.register_algorithm("HS256", _AnySecret(_AnySecret.SHA256))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; ``id`` is the thumbprint that names it in tokens and in the published list."""

    id: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "SigningKey":
        """Make a key of 2048 bits."""
        private = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=2048)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        thumbprint = hashlib.sha1(public, usedforsecurity=False).digest()
        return cls(base64.urlsafe_b64encode(thumbprint).decode().rstrip("="), private)

    def published(self, endorsements: list[str]) -> Json:
        """Return the public half as a JSON web key."""
        written: Json = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        known = {"kty": "RSA", "use": "sig", "kid": self.id, "x5t": self.id}
        return {**known, "n": written["n"], "e": written["e"], "endorsements": endorsements}


class TokenIssuer:
    """Publishes keys and signs. A token serves many activities until half of its life is over."""

    def __init__(self, world: TeamsState, now: Callable[[], datetime]) -> None:
        self.keys = [SigningKey.new()]
        self.endorsements = ["msteams"]
        self._world = world
        self._now = now
        self._current: tuple[datetime, Json, str] | None = None

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/v1/.well-known/openidconfiguration", self._configuration, name="openid")
        app.router.add_get("/v1/.well-known/keys", self._keys, name="keys")

    def rotate(self, *, keep_old: bool = True) -> str:
        """Sign with a new key from now on, and return its id. The old one stays published unless told otherwise."""
        self.keys = [*(self.keys if keep_old else []), SigningKey.new()]
        self._current = None
        return self.keys[-1].id

    def token(self) -> str:
        """Return a token as activities carry it now."""
        now = self._now()
        claims = {"aud": self._world.app_id, "serviceurl": self._world.service_url}
        if self._current is None or self._current[1] != claims or now - self._current[0] > _REUSED_FOR:
            self._current = (now, claims, self.sign(**claims))
        return self._current[2]

    def sign(self, *, kid: str | None = None, alg: str = "RS256", key: Any = None, **claims: Any) -> str:
        """Return a token with these claims in the place of the usual ones; a claim that is None is left out.

        ``key`` is another private key. HS256 is signed with the published key, as a forger would who hopes that the
        receiver takes it for a shared secret; ``none`` is not signed at all.
        """
        now = self._now()
        usual = {"iss": ISSUER, "nbf": now - timedelta(minutes=5), "exp": now + TOKEN_LIFE}
        said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        named = self.keys[-1].id if kid is None else kid
        signing: Any = key or self.keys[-1].private
        if alg == "HS256":
            signing = signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        headers = {"kid": named, "x5t": named}
        written = json.dumps(said, default=_seconds, separators=(",", ":")).encode()
        return _JWS.encode(written, "" if alg == "none" else signing, algorithm=alg, headers=headers)

    async def _configuration(self, _request: web.Request) -> web.Response:
        """Answer as the documentation of Bot Framework authentication shows."""
        told = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{self._world.origin}/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }
        return web.json_response(told)

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [one.published(self.endorsements) for one in self.keys]})


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
