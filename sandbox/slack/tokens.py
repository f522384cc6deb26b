"""Tokens and the OAuth grants that they come from (Slack's ``oauth.v2.access`` and token rotation)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

DEFAULT_SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "im:write",
        "im:history",
        "users:read",
        "users:read.email",
        "links:read",
        "links:write",
    }
)
"""What the bot token of the first workspace may do, unless a test says otherwise."""
KNOWN_SCOPES = DEFAULT_SCOPES | {
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write.customize",
    "chat:write.public",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:read",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users.profile:read",
}
CODE_SECONDS = 600.0
TOKEN_SECONDS = 43_200
"""A rotating token lives twelve hours."""


class ApiError(Exception):
    """Slack's ``ok: false``: the word for why, and what else the answer says."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass(slots=True, eq=False)
class Token:
    """What a call is made with. An app token (``xapp-``) opens sockets and belongs to no team."""

    value: str = field(repr=False)
    team: str
    scopes: set[str]
    expires_at: float | None = None
    is_revoked: bool = False


@dataclass(slots=True, eq=False)
class Grant:
    """What somebody allowed on Slack's page: a code for it is exchanged once."""

    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    expires_at: float
    is_used: bool = False


class Tokens:
    """Every token of the app. With ``rotation`` new ones expire, and come with a refresh token used once."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tokens: dict[str, Token] = {}
        self._grants: dict[str, Grant] = {}
        self._refresh: dict[str, Token] = {}
        self.rotation = False

    def add(self, token: Token) -> Token:
        """Let a token be valid."""
        self._tokens[token.value] = token
        return token

    def find(self, value: str | None) -> Token:
        """Find a token. Raises ApiError where it is none, or no longer one."""
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

    def of_team(self, team: str) -> list[Token]:
        """List a workspace's tokens that are not revoked."""
        return [one for one in self._tokens.values() if one.team == team and not one.is_revoked]

    def revoke_team(self, team: str) -> None:
        """Take every token of a workspace back, as removing the app does."""
        for token in self.of_team(team):
            token.is_revoked = True
        self._refresh = {value: token for value, token in self._refresh.items() if token.team != team}

    def allow(self, team: str, user: str, scopes: frozenset[str], redirect_uri: str) -> str:
        """Keep that somebody allowed the app, and return the code for it."""
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(20)}"
        self._grants[code] = Grant(team, user, scopes, redirect_uri, self._now() + CODE_SECONDS)
        return code

    def redeem(self, code: str, redirect_uri: str) -> Grant:
        """Use a code up. Raises ApiError."""
        grant = self._grants.get(code)
        if grant is None or grant.expires_at <= self._now():
            raise ApiError("invalid_code")
        if grant.is_used:
            raise ApiError("code_already_used")
        if redirect_uri != grant.redirect_uri:
            raise ApiError("bad_redirect_uri")
        grant.is_used = True
        return grant

    def issue(self, team: str, scopes: set[str]) -> tuple[Token, str | None]:
        """Make a token, and a refresh token where tokens rotate."""
        if not self.rotation:
            return self.add(Token(f"xoxb-{secrets.token_hex(16)}", team, scopes)), None
        token = self.add(
            Token(f"xoxe.xoxb-1-{secrets.token_hex(16)}", team, scopes, self._now() + TOKEN_SECONDS)
        )
        refresh = f"xoxe-1-{secrets.token_hex(32)}"
        self._refresh[refresh] = token
        return token, refresh

    def refresh(self, value: str) -> tuple[Token, str | None]:
        """Use a refresh token up for a new token. Raises ApiError."""
        old = self._refresh.pop(value, None)
        if old is None:
            raise ApiError("invalid_refresh_token")
        return self.issue(old.team, set(old.scopes))
