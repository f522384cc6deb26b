"""Codes and tokens: what was granted, to whom, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.teamviewer.model import Account
from sandbox.teamviewer.service_queue import alphanumeric

CODE_LIFE = timedelta(minutes=10)
TOKEN_PREFIX = "25871436-"


@dataclass(slots=True)
class Grant:
    """An account's consent, alive until it is revoked."""

    account: Account
    is_revoked: bool = False


@dataclass(slots=True)
class AuthorizationCode:
    """A code for one exchange within ten minutes: TeamViewer API documentation 2023-03, p. 13."""

    grant: Grant
    redirect_uri: str
    expires_at: datetime


@dataclass(slots=True)
class AccessToken:
    """A bearer token. ``text`` is its secret."""

    grant: Grant
    expires_at: datetime
    text: str = field(repr=False)


class Grants:
    """Issues and redeems codes and tokens. Refresh tokens are single use: same document, p. 10 and 15."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._codes: dict[str, AuthorizationCode] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, Grant] = {}
        self.given: list[str] = []

    def new_code(self, account: Account, redirect_uri: str) -> str:
        """Return an authorization code for an account that consented."""
        code = alphanumeric(8)
        self._codes[code] = AuthorizationCode(Grant(account), redirect_uri, self._now() + CODE_LIFE)
        return code

    def redeem_code(self, code: str, redirect_uri: str | None) -> Grant | None:
        """Use a code up. None where it is unknown, used, too old or made for another redirect URI."""
        known = self._codes.pop(code, None)
        if known is None or known.expires_at <= self._now():
            return None
        if redirect_uri not in {known.redirect_uri, None}:
            return None
        return known.grant

    def redeem_refresh(self, token: str) -> Grant | None:
        """Use a refresh token up. None where it is unknown, used or revoked."""
        grant = self._refresh.pop(token, None)
        return None if grant is None or grant.is_revoked else grant

    def new_tokens(self, grant: Grant, expires_in: int) -> tuple[str, str]:
        """Return an access token that lives ``expires_in`` seconds, and a refresh token."""
        access, refresh = (TOKEN_PREFIX + alphanumeric(20) for _ in range(2))
        self.given += [access, refresh]
        self._access[access] = AccessToken(grant, self._now() + timedelta(seconds=expires_in), access)
        self._refresh[refresh] = grant
        return access, refresh

    def access(self, text: str) -> AccessToken | None:
        """Return a token that was not revoked, be it expired or not."""
        token = self._access.get(text)
        return None if token is None or token.grant.is_revoked else token

    def is_expired(self, token: AccessToken) -> bool:
        """Tell whether a token's time is over."""
        return token.expires_at <= self._now()

    def expire_access_tokens(self) -> None:
        """Let every access token that exists expire now."""
        for token in self._access.values():
            token.expires_at = self._now()

    def revoke_everything(self, email: str) -> None:
        """Revoke every token of an account."""
        for grant in [*self._refresh.values(), *(token.grant for token in self._access.values())]:
            if grant.account.email == email:
                grant.is_revoked = True
