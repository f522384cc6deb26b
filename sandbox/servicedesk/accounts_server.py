"""The Zoho accounts server. It issues access tokens, and returns most errors with HTTP 200."""

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
MAX_TOKENS = 10
"""Access tokens from one refresh token in ten minutes: Zoho CRM API documentation v8, "Token validity"."""


class AccountsServer:
    """The OAuth 2 endpoints for one client: API documentation v3, "OAuth 2.0"."""

    def __init__(self, tenant: Tenant, now: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self._now = now
        self._codes: dict[str, datetime] = {}
        self._refresh_tokens: set[str] = set()
        self._expires_at: dict[str, datetime] = {}
        self._issued: dict[str, list[datetime]] = defaultdict(list)
        self.issued_tokens: list[str] = []

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_post("/oauth/v2/token", self._handle_token, name="oauth.token")
        app.router.add_post("/oauth/v2/token/revoke", self._revoke_token, name="oauth.revoke")

    def is_valid(self, token: str) -> bool:
        """Return whether an access token was issued and has not expired."""
        return token in self._expires_at and self._now() < self._expires_at[token]

    def create_grant_code(self) -> str:
        """Return a grant code, as the console does for a Self Client: valid once, for three minutes."""
        code = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self._codes[code] = self._now() + CODE_LIFE
        return code

    def expire_access_tokens(self) -> None:
        """Expire every access token. Refresh tokens stay valid."""
        self._expires_at.clear()

    def forget_issued_tokens(self) -> None:
        """Forget how many tokens were issued lately, as if the window of the limit had passed."""
        self._issued.clear()

    def build_too_many_requests_response(self) -> web.Response:
        """Return the response to too many token requests: HTTP 200 in Zoho's help, 400 in other reports."""
        text = "You have made too many requests continuously. Please try again after some time."
        body = {"error_description": text, "error": "Access Denied", "status": "failure"}
        return web.json_response(body, status=self._tenant.oauth_denied_status)

    async def _handle_token(self, request: web.Request) -> web.Response:
        # Zoho accepts the parameters in the query and in the form.
        parameters = {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
        client = (parameters.get("client_id"), parameters.get("client_secret"))
        if client != (self._tenant.client_id, self._tenant.client_secret):
            is_known = client[0] == self._tenant.client_id
            return _error_response(
                "invalid_client_secret" if is_known and self._tenant.names_wrong_secrets else "invalid_client"
            )
        match parameters.get("grant_type"):
            case "refresh_token":
                return self._refresh_access_token(parameters)
            case "authorization_code":
                return self._redeem_code(parameters)
            case "client_credentials":
                return self._issue_token(self._tenant.client_id)
            case _:
                return _error_response("invalid_grant")

    def _refresh_access_token(self, parameters: Mapping[str, str]) -> web.Response:
        token = parameters.get("refresh_token", "")
        if token != self._tenant.refresh_token and token not in self._refresh_tokens:
            return _error_response("invalid_code")
        return self._issue_token(token)

    def _redeem_code(self, parameters: Mapping[str, str]) -> web.Response:
        # Remove the code even if the exchange fails: a code is valid for one attempt.
        expires_at = self._codes.pop(parameters.get("code", ""), None)
        if expires_at is None or self._now() >= expires_at:
            return _error_response("invalid_code")
        refresh_token = _new_token()
        self._refresh_tokens.add(refresh_token)
        return self._issue_token(refresh_token, refresh_token=refresh_token)

    def _issue_token(self, token_source: str, **extra_fields: str) -> web.Response:
        now = self._now()
        issue_times = self._issued[token_source] = [
            at for at in self._issued[token_source] if at > now - WINDOW
        ]
        if len(issue_times) >= MAX_TOKENS:
            return self.build_too_many_requests_response()
        issue_times.append(now)
        token = _new_token()
        self._expires_at[token] = now + LIFE
        self.issued_tokens.append(token)
        body: Payload = {
            "access_token": token,
            **extra_fields,
            "scope": ",".join(sorted(self._tenant.scopes)),
            "api_domain": "https://www.zohoapis.com",
            "token_type": "Bearer",
            "expires_in": int(LIFE.total_seconds()),
        }
        return web.json_response(body)

    async def _revoke_token(self, request: web.Request) -> web.Response:
        token = str((await request.post()).get("token") or request.query.get("token", ""))
        self._expires_at.pop(token, None)
        self._refresh_tokens.discard(token)
        return web.json_response({"status": "success"})


def _new_token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _error_response(error: str) -> web.Response:
    return web.json_response({"error": error})
