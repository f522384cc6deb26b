"""Where the bot gets its tokens: Microsoft Entra ID, for its credentials, and the identity service of an Azure host."""

import secrets
import time
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.teams.json_format import ApiError, TokenError
from sandbox.teams.state import TeamsState

LIFE_SECONDS = 3599
"""The lifetime of a token, as Entra ID returns it."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenEndpoint:
    """Issues and checks connector tokens. With ``anonymous`` the connector needs none, like local development tools.

    ``password_has_expired``: the client secret of the app has. ``app_service_is_failing``: the identity service of Azure
    App Service answers 500 for now. ``managed_identity`` is the client id of the identity that
    the host has; none by default. ``trusted_tokens`` are federated tokens that the app trusts; those of a managed identity
    join them if ``trusts_managed_identity``.
    """

    def __init__(self, state: TeamsState, app_password: str, *, anonymous: bool) -> None:
        self.app_password = app_password
        self.password_has_expired = False
        self.app_service_is_failing = False
        self.anonymous = anonymous
        self.managed_identity: str | None = None
        self.trusts_managed_identity = True
        self.trusted_tokens: set[str] = set()
        self.issued: list[str] = []
        self._state = state
        self._expires_at: dict[str, datetime] = {}

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._issue_token, name="token")
        app.router.add_get("/metadata/identity/oauth2/token", self._issue_to_host, name="managed_identity")
        app.router.add_get("/msi/token", self._issue_to_app_service, name="app_service_identity")

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
        life = {"expires_in": LIFE_SECONDS, "ext_expires_in": LIFE_SECONDS}
        return web.json_response({"token_type": "Bearer", **life, "access_token": self._new_token()})

    def _new_token(self) -> str:
        token = f"teams-{secrets.token_urlsafe(32)}"
        self.issued.append(token)
        self._expires_at[token] = self._state.now() + timedelta(seconds=LIFE_SECONDS)
        return token

    async def _issue_to_host(self, request: web.Request) -> web.Response:
        """Answer as the Azure Instance Metadata Service does, which only the host itself can reach."""
        if request.headers.get("Metadata") != "true":
            return _refuse_host("invalid_request", "Required metadata header not specified")
        if request.query.get("api-version") != "2018-02-01" or "resource" not in request.query:
            return _refuse_host("invalid_request", "A required query variable was not specified")
        identity, resource = request.query.get("client_id"), request.query["resource"]
        if identity is None or identity != self.managed_identity:
            return _refuse_host("invalid_request", "Identity not found")
        if resource == self._state.cloud.exchange:
            token = f"identity-{secrets.token_urlsafe(32)}"
            if self.trusts_managed_identity:
                self.trusted_tokens.add(token)
        elif resource == self._state.cloud.issuer and identity == self._state.app_id:
            token = self._new_token()
        else:
            return _refuse_host("invalid_resource", f"The resource principal named {resource} was not found")
        life = {"expires_in": str(LIFE_SECONDS), "resource": resource, "client_id": identity}
        return web.json_response({"token_type": "Bearer", **life, "access_token": token})

    async def _issue_to_app_service(self, request: web.Request) -> web.Response:
        """Answer as the identity service of Azure App Service does, which fails in a format of its own."""
        if self.app_service_is_failing:
            return web.json_response(
                {"statusCode": 500, "message": "An unexpected error occured"}, status=500
            )
        if request.query.get("client_id") != self.managed_identity:
            return web.json_response({"statusCode": 400, "message": "No User Assigned identity"}, status=400)
        token = f"identity-{secrets.token_urlsafe(32)}"
        self.trusted_tokens.add(token)
        ends_at = int(time.time()) + LIFE_SECONDS
        return web.json_response({"access_token": token, "expires_on": str(ends_at), "token_type": "Bearer"})

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
        if "client_assertion" in form:
            self._check_assertion(form)
        else:
            self._check_secret(form)
        if form.get("scope") != self._state.cloud.scope:
            raise TokenError(
                400, "invalid_scope", 70011, f"The scope '{form.get('scope', '')}' is not valid."
            )

    def _check_secret(self, form: dict[str, str]) -> None:
        if not form.get("client_secret"):
            raise TokenError(401, "invalid_client", 7000216, "'client_secret' is required.")
        if form["client_secret"] != self.app_password:
            raise TokenError(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if self.password_has_expired:
            raise TokenError(401, "invalid_client", 7000222, "The provided client secret keys are expired.")

    def _check_assertion(self, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenError(400, "invalid_request", 900144, "The 'client_assertion_type' is not supported.")
        if form["client_assertion"] not in self.trusted_tokens:
            raise TokenError(
                401,
                "invalid_client",
                700213,
                "No matching federated identity record found for presented assertion.",
            )


def _refuse_host(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=400)
