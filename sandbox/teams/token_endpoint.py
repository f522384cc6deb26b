"""The directory's token endpoint: the bot shows its secret, and gets what the connector asks for."""

import secrets
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.teams.json_format import ApiError, TokenError
from sandbox.teams.state import TeamsState

SCOPE = "https://api.botframework.com/.default"
LIFE_SECONDS = 3599
"""How long a token is good; the directory says so in its answer."""


class TokenEndpoint:
    """Issues bearer tokens for the connector. With ``anonymous`` the connector asks for none, as local tools do."""

    def __init__(self, world: TeamsState, app_password: str, *, anonymous: bool) -> None:
        self.app_password = app_password
        self.anonymous = anonymous
        self._world = world
        self._good_until: dict[str, datetime] = {}

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._issue, name="token")

    def revoke_all(self) -> None:
        """Let no token that was issued be good any more."""
        self._good_until.clear()

    def check(self, request: web.Request) -> None:
        """Look at a request's token. Raises ApiError."""
        if self.anonymous:
            return
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self._good_until.get(token)
        if kind.lower() != "bearer" or until is None or until <= self._world.now():
            raise ApiError(401, "Unauthorized", "Authorization has been denied for this request.")

    async def _issue(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self._check_asked(request.match_info["tenant"], form)
        token = f"teams-{secrets.token_urlsafe(32)}"
        self._good_until[token] = self._world.now() + timedelta(seconds=LIFE_SECONDS)
        life = {"expires_in": LIFE_SECONDS, "ext_expires_in": LIFE_SECONDS}
        return web.json_response({"token_type": "Bearer", **life, "access_token": token})

    def _check_asked(self, tenant: str, form: dict[str, str]) -> None:
        """Raises TokenError, with the numbers of Microsoft's list of AADSTS errors."""
        for name in ("grant_type", "client_id"):
            if not form.get(name):
                raise TokenError(400, "invalid_request", 900144, f"The parameter '{name}' is missing.")
        if form["grant_type"] != "client_credentials":
            raise TokenError(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
        if tenant != self._world.tenant:
            raise TokenError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form["client_id"] != self._world.app_id:
            raise TokenError(400, "unauthorized_client", 700016, "The application was not found.")
        if not form.get("client_secret"):
            raise TokenError(401, "invalid_client", 7000216, "'client_secret' is required.")
        if form["client_secret"] != self.app_password:
            raise TokenError(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if form.get("scope") != SCOPE:
            raise TokenError(
                400, "invalid_scope", 70011, f"The scope '{form.get('scope', '')}' is not valid."
            )
