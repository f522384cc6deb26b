"""The Zoho accounts server: gives out access tokens, and says no with a smile (HTTP 200)."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.servicedesk.json_format import Payload
from sandbox.servicedesk.tenant import Tenant

LIFE = timedelta(hours=1)
CODE_LIFE = timedelta(minutes=3)
WINDOW = timedelta(minutes=10)
MOST_TOKENS = 10
"""Access tokens from one refresh token in ten minutes: Zoho CRM API documentation v8, "Token validity"."""


class AccountsServer:
    """The OAuth 2 endpoints for one client: API documentation v3, "OAuth 2.0"."""

    def __init__(self, tenant: Tenant, now: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self._now = now
        self._codes: dict[str, datetime] = {}
        self._refresh_tokens: set[str] = set()
        self._live: dict[str, datetime] = {}
        self._issued: dict[str, list[datetime]] = defaultdict(list)
        self.tokens_given: list[str] = []

    def add_routes(self, app: web.Application) -> None:
        """Put the routes of this server into its application."""
        app.router.add_post("/oauth/v2/token", self._token, name="oauth.token")
        app.router.add_post("/oauth/v2/token/revoke", self._revoke, name="oauth.revoke")

    def is_live(self, token: str) -> bool:
        """Tell whether an access token was given out and is still good."""
        return token in self._live and self._now() < self._live[token]

    def new_code(self) -> str:
        """Return a grant code, as the console makes one for a Self Client: good once, for three minutes."""
        code = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self._codes[code] = self._now() + CODE_LIFE
        return code

    def expire_access_tokens(self) -> None:
        """Let every access token end now; refresh tokens stay good."""
        self._live.clear()

    def denied(self) -> web.Response:
        """Answer one who asks too often: Zoho's help says HTTP 200, others saw 400."""
        text = "You have made too many requests continuously. Please try again after some time."
        body = {"error_description": text, "error": "Access Denied", "status": "failure"}
        return web.json_response(body, status=self._tenant.oauth_denied_status)

    async def _token(self, request: web.Request) -> web.Response:
        asked = {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
        client = (asked.get("client_id"), asked.get("client_secret"))
        if client != (self._tenant.client_id, self._tenant.client_secret):
            return _refused("invalid_client")
        match asked.get("grant_type"):
            case "refresh_token":
                return self._refresh(asked)
            case "authorization_code":
                return self._redeem(asked)
            case "client_credentials":
                return self._issue(self._tenant.client_id)
            case _:
                return _refused("invalid_grant")

    def _refresh(self, asked: Mapping[str, str]) -> web.Response:
        token = asked.get("refresh_token", "")
        if token != self._tenant.refresh_token and token not in self._refresh_tokens:
            return _refused("invalid_code")
        return self._issue(token)

    def _redeem(self, asked: Mapping[str, str]) -> web.Response:
        good_until = self._codes.pop(asked.get("code", ""), None)
        if good_until is None or self._now() >= good_until:
            return _refused("invalid_code")
        refresh_token = _new_token()
        self._refresh_tokens.add(refresh_token)
        return self._issue(refresh_token, refresh_token=refresh_token)

    def _issue(self, source: str, **more: str) -> web.Response:
        now = self._now()
        recent = self._issued[source] = [at for at in self._issued[source] if at > now - WINDOW]
        if len(recent) >= MOST_TOKENS:
            return self.denied()
        recent.append(now)
        token = _new_token()
        self._live[token] = now + LIFE
        self.tokens_given.append(token)
        body: Payload = {
            "access_token": token,
            **more,
            "scope": ",".join(sorted(self._tenant.scopes)),
            "api_domain": "https://www.zohoapis.com",
            "token_type": "Bearer",
            "expires_in": int(LIFE.total_seconds()),
        }
        return web.json_response(body)

    async def _revoke(self, request: web.Request) -> web.Response:
        token = str((await request.post()).get("token") or request.query.get("token", ""))
        self._live.pop(token, None)
        self._refresh_tokens.discard(token)
        return web.json_response({"status": "success"})


def _new_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _refused(error: str) -> web.Response:
    return web.json_response({"error": error})
