"""OAuth grants: authorization codes, access tokens and refresh tokens."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sandbox.teamviewer.model import Account
from sandbox.teamviewer.service_queue import generate_alphanumeric

CODE_LIFE = timedelta(minutes=10)
TOKEN_PREFIX = "25871436-"


@dataclass(slots=True)
class Grant:
    """An account's consent, valid until it is revoked."""

    account: Account
    is_revoked: bool = False


@dataclass(slots=True)
class AuthorizationCode:
    """A code for one exchange within ten minutes: TeamViewer API documentation 2023-03, p. 13."""

    grant: Grant
    redirect_uri: str
    expires_at: datetime
    challenge: str = ""


@dataclass(slots=True)
class AccessToken:
    """A bearer token. ``text`` is its secret."""

    grant: Grant
    expires_at: datetime
    text: str = field(repr=False)


def hash_verifier(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Grants:
    """Issues and redeems codes and tokens. Refresh tokens are single use: same document, p. 10 and 15."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._codes: dict[str, AuthorizationCode] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, Grant] = {}
        self._used: dict[str, tuple[Grant, datetime]] = {}
        self.issued: list[str] = []

    def create_code(self, account: Account, redirect_uri: str, challenge: str = "") -> str:
        """Return an authorization code for an account that consented, bound to a PKCE challenge if one is given."""
        code = generate_alphanumeric(8)
        self._codes[code] = AuthorizationCode(
            Grant(account), redirect_uri, self._now() + CODE_LIFE, challenge
        )
        return code

    def redeem_code(self, code: str, redirect_uri: str | None, verifier: str = "") -> Grant | None:
        """Redeem a code.

        Return None if it is unknown, used, expired, or issued for another redirect URI or another verifier.
        """
        # Remove the code even if the exchange fails: a code is valid for one attempt.
        code_record = self._codes.pop(code, None)
        if code_record is None or code_record.expires_at <= self._now():
            return None
        if redirect_uri not in {code_record.redirect_uri, None}:
            return None
        if code_record.challenge and code_record.challenge != hash_verifier(verifier):
            return None
        return code_record.grant

    def redeem_refresh_token(self, token: str, grace: timedelta = timedelta(0)) -> Grant | None:
        """Redeem a refresh token. Return None if it is unknown, used or revoked.

        One that was used less than ``grace`` ago is redeemed once more.
        """
        grant = self._refresh.pop(token, None)
        if grant is not None:
            self._used[token] = (grant, self._now())
        elif token in self._used:
            used, at = self._used.pop(token)
            grant = used if self._now() - at < grace else None
        return None if grant is None or grant.is_revoked else grant

    def issue_tokens(self, grant: Grant, expires_in: int) -> tuple[str, str]:
        """Return an access token that is valid for ``expires_in`` seconds, and a refresh token."""
        access, refresh = (TOKEN_PREFIX + generate_alphanumeric(20) for _ in range(2))
        self.issued += [access, refresh]
        self._access[access] = AccessToken(grant, self._now() + timedelta(seconds=expires_in), access)
        self._refresh[refresh] = grant
        return access, refresh

    def find_access_token(self, text: str) -> AccessToken | None:
        """Return a token that is not revoked. It may be expired."""
        token = self._access.get(text)
        return None if token is None or token.grant.is_revoked else token

    def is_expired(self, token: AccessToken) -> bool:
        """Return whether a token has expired."""
        return token.expires_at <= self._now()

    def expire_access_tokens(self) -> None:
        """Expire every issued access token."""
        for token in self._access.values():
            token.expires_at = self._now()

    def revoke_tokens(self, email: str) -> None:
        """Revoke every token of an account."""
        for grant in self._list_grants(email):
            grant.is_revoked = True

    def is_granted(self, email: str) -> bool:
        """Return whether an account has a consent that is not revoked."""
        return any(not grant.is_revoked for grant in self._list_grants(email))

    def _list_grants(self, email: str) -> list[Grant]:
        every_grant = [*self._refresh.values(), *(token.grant for token in self._access.values())]
        return [grant for grant in every_grant if grant.account.email == email]
