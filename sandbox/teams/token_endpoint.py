"""The token endpoint of Microsoft Entra ID: issue connector tokens for the bot's credentials."""

import secrets
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.teams.json_format import ApiError, TokenError
from sandbox.teams.state import TeamsState

LIFE_SECONDS = 3599
"""The lifetime of a token, as Entra ID returns it."""


class TokenEndpoint:
    """Issues and checks connector tokens. With ``anonymous`` the connector needs none, like local development tools."""

    def __init__(self, state: TeamsState, app_password: str, *, anonymous: bool) -> None:
        self.app_password = app_password
        self.anonymous = anonymous
        self.issued: list[str] = []
        self._state = state
        self._expires_at: dict[str, datetime] = {}

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the application."""
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._issue_token, name="token")

    def revoke_all_tokens(self) -> None:
        """Revoke every issued token."""
        self._expires_at.clear()

    def check_token(self, request: web.Request) -> None:
        """Check the token of a request. Raises ApiError."""
        if self.anonymous:
            return
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self._expires_at.get(token)
        if kind.lower() != "bearer" or until is None or until <= self._state.now():
            raise ApiError(401, "Unauthorized", "Authorization has been denied for this request.")

    async def _issue_token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._check_form(request.match_info["tenant"], form)
        token = f"teams-{secrets.token_urlsafe(32)}"
        self.issued.append(token)
        self._expires_at[token] = self._state.now() + timedelta(seconds=LIFE_SECONDS)
        life = {"expires_in": LIFE_SECONDS, "ext_expires_in": LIFE_SECONDS}
        return web.json_response({"token_type": "Bearer", **life, "access_token": token})

    def _check_form(self, tenant: str, form: dict[str, str]) -> None:
        """Check a token request. Raises TokenError with the number of Microsoft's list of AADSTS errors."""
        # Entra ID reports one error at a time.
        for name in ("grant_type", "client_id"):
            if not form.get(name):
                raise TokenError(400, "invalid_request", 900144, f"The parameter '{name}' is missing.")
        if form["grant_type"] != "client_credentials":
            raise TokenError(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
        if tenant != self._state.tenant:
            raise TokenError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form["client_id"] != self._state.app_id:
            raise TokenError(400, "unauthorized_client", 700016, "The application was not found.")
        if not form.get("client_secret"):
            raise TokenError(401, "invalid_client", 7000216, "'client_secret' is required.")
        if form["client_secret"] != self.app_password:
            raise TokenError(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if form.get("scope") != self._state.cloud.scope:
            raise TokenError(
                400, "invalid_scope", 70011, f"The scope '{form.get('scope', '')}' is not valid."
            )
