"""Tokens and OAuth grants (Slack's references of ``oauth.v2.access`` and of token rotation)."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "commands",
        "chat:write",
        "im:write",
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
        "channels:read",
        "groups:read",
        "mpim:read",
        "users:read",
        "users:read.email",
        "links:read",
        "links:write",
    }
)
"""The scopes of the first workspace's bot token, unless a test sets others."""
KNOWN_SCOPES = DEFAULT_SCOPES | {
    "chat:write.customize",
    "chat:write.public",
    "files:read",
    "files:write",
    "im:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users.profile:read",
}
CODE_SECONDS = 600.0
TOKEN_SECONDS = 43_200
"""The lifetime of a rotating token: twelve hours."""


class ApiError(Exception):
    """Slack's ``ok: false``: the error code, and further fields of the response."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


class RateLimited(ApiError):
    """Too many calls of a method. ``seconds``: when the next one is accepted."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


@dataclass(slots=True, eq=False)
class Token:
    """An access token. An app-level token (``xapp-``) opens sockets and belongs to no workspace.

    ``is_org_wide``: it is valid for every workspace of the Enterprise organisation of ``team``.
    """

    value: str = field(repr=False)
    team: str
    scopes: set[str]
    expires_at: float | None = None
    is_revoked: bool = False
    is_org_wide: bool = False


@dataclass(slots=True, eq=False)
class Grant:
    """A consent to the installation. Its code can be exchanged once."""

    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    expires_at: float
    is_used: bool = False


class Tokens:
    """Every token of the app. With ``rotation`` new tokens expire and come with a single-use refresh token."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tokens: dict[str, Token] = {}
        self._grants: dict[str, Grant] = {}
        self._refresh: dict[str, Token] = {}
        self.rotation = False

    def add_token(self, token: Token) -> Token:
        """Add a valid token."""
        self._tokens[token.value] = token
        return token

    def find_valid_token(self, value: str | None) -> Token:
        """Find a token. Raises ApiError if it is missing, unknown, revoked or expired."""
        if not value:
            raise ApiError("not_authed")
        token = self._tokens.get(value)
        if token is None:
            raise ApiError("invalid_auth")
        if token.is_revoked:
            raise ApiError("token_revoked")
        if token.expires_at is not None and token.expires_at <= self._now():
            raise ApiError("token_expired")
        return token

    def has_org_wide_token(self, teams: Collection[str]) -> bool:
        """Return whether a valid token of one of these workspaces is for their whole organisation."""
        return any(
            one.is_org_wide and one.team in teams and not one.is_revoked for one in self._tokens.values()
        )

    def valid_tokens_of(self, team: str) -> list[Token]:
        """List the tokens of a workspace that are not revoked, oldest first."""
        return [one for one in self._tokens.values() if one.team == team and not one.is_revoked]

    def revoke_team_tokens(self, team: str) -> None:
        """Revoke every token of a workspace, as removing the app does."""
        for token in self.valid_tokens_of(team):
            token.is_revoked = True
        # A refresh token must not bring back a workspace that removed the app.
        self._refresh = {value: token for value, token in self._refresh.items() if token.team != team}

    def create_code(self, team: str, user: str, scopes: frozenset[str], redirect_uri: str) -> str:
        """Record a consent and return its authorization code."""
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(20)}"
        self._grants[code] = Grant(team, user, scopes, redirect_uri, self._now() + CODE_SECONDS)
        return code

    def redeem_code(self, code: str, redirect_uri: str) -> Grant:
        """Exchange an authorization code for its grant. Raises ApiError."""
        grant = self._grants.get(code)
        if grant is None or grant.expires_at <= self._now():
            raise ApiError("invalid_code")
        if grant.is_used:
            raise ApiError("code_already_used")
        if redirect_uri != grant.redirect_uri:
            raise ApiError("bad_redirect_uri")
        grant.is_used = True
        return grant

    def issue_token(
        self, team: str, scopes: set[str], *, is_org_wide: bool = False
    ) -> tuple[Token, str | None]:
        """Issue a token, with a refresh token if tokens rotate."""
        if not self.rotation:
            value = f"xoxb-{secrets.token_hex(16)}"
            return self.add_token(Token(value, team, scopes, is_org_wide=is_org_wide)), None
        value, expires_at = f"xoxe.xoxb-1-{secrets.token_hex(16)}", self._now() + TOKEN_SECONDS
        token = self.add_token(Token(value, team, scopes, expires_at, is_org_wide=is_org_wide))
        refresh = f"xoxe-1-{secrets.token_hex(32)}"
        self._refresh[refresh] = token
        return token, refresh

    def refresh_token(self, value: str) -> tuple[Token, str | None]:
        """Exchange a refresh token for a new token. Raises ApiError."""
        old = self._refresh.pop(value, None)
        if old is None:
            raise ApiError("invalid_refresh_token")
        return self.issue_token(old.team, set(old.scopes), is_org_wide=old.is_org_wide)
