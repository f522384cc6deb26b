"""The Bot Framework's token issuer: its published keys, and the tokens that authenticate activities."""

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

TOKEN_LIFE = timedelta(hours=1)
_REUSED_FOR = timedelta(minutes=30)
_EXPONENT = 65537


class _AnySecret(HMACAlgorithm):
    """HS256 that accepts any key. PyJWT rejects a public key as a secret, which the forged tokens need."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return key.encode() if isinstance(key, str) else key


_JWS = jwt.PyJWS()
# PyJWT refuses a public key as an HMAC secret. A forger does not, so the sandbox must be able to.
_JWS.unregister_algorithm("HS256")
_JWS.register_algorithm("HS256", _AnySecret(_AnySecret.SHA256))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair. ``id`` is the thumbprint that names it in tokens and in the published key list."""

    id: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "SigningKey":
        """Create a key of 2048 bits."""
        private = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=2048)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        # `x5t` is a SHA-1 thumbprint by definition (RFC 7517). It is an id and protects nothing.
        thumbprint = hashlib.sha1(public, usedforsecurity=False).digest()
        return cls(base64.urlsafe_b64encode(thumbprint).decode().rstrip("="), private)

    def as_jwk(self, endorsements: list[str]) -> Json:
        """Return the public key as a JSON web key."""
        serialized: Json = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        known = {"kty": "RSA", "use": "sig", "kid": self.id, "x5t": self.id}
        return {**known, "n": serialized["n"], "e": serialized["e"], "endorsements": endorsements}


class TokenIssuer:
    """Publishes keys and signs tokens. One token is used for many activities, for half an hour."""

    def __init__(self, state: TeamsState, now: Callable[[], datetime]) -> None:
        self.keys = [SigningKey.new()]
        self.endorsements = ["msteams"]
        self._state = state
        self._now = now
        self._current: tuple[datetime, Json, str] | None = None

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_get("/v1/.well-known/openidconfiguration", self._get_configuration, name="openid")
        app.router.add_get("/v1/.well-known/keys", self._get_keys, name="keys")

    def rotate_keys(self, *, keep_old: bool = True) -> str:
        """Add a signing key, use it from now on, and return its id. ``keep_old`` keeps the old keys published."""
        self.keys = [*(self.keys if keep_old else []), SigningKey.new()]
        self._current = None
        return self.keys[-1].id

    def get_current_token(self) -> str:
        """Return the token for an activity that is sent now."""
        now = self._now()
        claims = {"aud": self._state.audience, "serviceurl": self._state.service_url}
        # The service URL contains the port, which is known only after the start.
        if self._current is None or self._current[1] != claims or now - self._current[0] > _REUSED_FOR:
            self._current = (
                now,
                claims,
                self.sign_claims(aud=claims["aud"], serviceurl=claims["serviceurl"]),
            )
        return self._current[2]

    def sign_claims(
        self,
        *,
        kid: str | None = None,
        alg: str = "RS256",
        key: rsa.RSAPrivateKey | None = None,
        **claims: object,
    ) -> str:
        """Return a token. ``claims`` override the default claims; None removes a claim.

        ``key`` is another private key. HS256 signs with the published key, which is the known attack on receivers that
        take a public key for a shared secret. ``none`` leaves the token unsigned.
        """
        now = self._now()
        default_claims = {
            "iss": self._state.cloud.issuer,
            "nbf": now - timedelta(minutes=5),
            "exp": now + TOKEN_LIFE,
        }
        payload_claims = {
            name: value for name, value in {**default_claims, **claims}.items() if value is not None
        }
        key_id = self.keys[-1].id if kid is None else kid
        signing_key: Any = key or self.keys[-1].private
        if alg == "HS256":
            signing_key = signing_key.public_key().public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            )
        headers = {"kid": key_id, "x5t": key_id}
        serialized = json.dumps(payload_claims, default=_to_unix_seconds, separators=(",", ":")).encode()
        return _JWS.encode(serialized, "" if alg == "none" else signing_key, algorithm=alg, headers=headers)

    async def _get_configuration(self, _request: web.Request) -> web.Response:
        """Return the metadata in the format of the Bot Framework's authentication documentation."""
        body = {
            "issuer": self._state.cloud.issuer,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{self._state.origin}/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }
        return web.json_response(body)

    async def _get_keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [one.as_jwk(self.endorsements) for one in self.keys]})


def _to_unix_seconds(moment: datetime) -> int:
    return int(moment.timestamp())
