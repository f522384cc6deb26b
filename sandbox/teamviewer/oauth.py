"""OAuth 2 sign-in: the consent page, the token endpoint and the revocation."""

from collections.abc import Callable, Mapping

from aiohttp import web
from yarl import URL

from sandbox.teamviewer.access_control import AccessControl
from sandbox.teamviewer.grants import Grant
from sandbox.teamviewer.html_pages import render_page
from sandbox.teamviewer.json_format import ApiError, invalid_request, read_json_object
from sandbox.teamviewer.options import Options
from sandbox.teamviewer.service_queue import ServiceQueue

APP_NAME = "TVBot"
"""The name under which the app is registered. TeamViewer shows it to people, not the client id."""
CONSENT = (
    "response_type",
    "client_id",
    "redirect_uri",
    "display",
    "state",
    "code_challenge",
    "code_challenge_method",
)


class OAuthEndpoints:
    """TeamViewer's OAuth 2 endpoints: TeamViewer API documentation 2023-03, p. 13-16."""

    def __init__(
        self,
        access: AccessControl,
        queue: ServiceQueue,
        options: Options,
        *,
        client: Callable[[], tuple[str, str]],
        redirect_uris: list[str],
    ) -> None:
        self._access = access
        self._queue = queue
        self._options = options
        self._client = client
        self.redirect_uris = redirect_uris

    def build_routes(self) -> list[web.RouteDef]:
        """Return the routes of these endpoints."""
        return [
            web.get("/oauth2/authorize", self.show_consent_page, name="oauth.authorize"),
            web.post("/oauth2/authorize", self.submit_consent, name="oauth.authorize"),
            web.post("/api/v1/oauth2/token", self.exchange_token, name="oauth.token"),
            web.post("/api/v1/oauth2/revoke", self.revoke_token, name="oauth.revoke"),
        ]

    def _find_request_error(self, parameters: Mapping[str, str]) -> str | None:
        if parameters.get("client_id") != self._client()[0]:
            return "This app is not known to TeamViewer (client_id)."
        if parameters.get("redirect_uri") not in self.redirect_uris:
            return "The address to return to is not registered for this app (redirect_uri)."
        if parameters.get("response_type") != "code":
            return "The app must ask for a code (response_type)."
        if parameters.get("display") != "popup":
            return "The sign-in page must be opened as a popup (display)."
        has_challenge = "code_challenge" in parameters and parameters.get("code_challenge_method") == "S256"
        if self._options.pkce == "required" and not has_challenge:
            return "The app must send a challenge (code_challenge, S256)."
        return None

    async def show_consent_page(self, request: web.Request) -> web.Response:
        """Show the consent page, or an error for an invalid request."""
        if (error := self._find_request_error(request.query)) is not None:
            return render_page("notice.html", status=400, title="Sign-in is not possible", text=error)
        parameters = {name: request.query[name] for name in CONSENT if name in request.query}
        return render_page(
            "consent.html",
            parameters=parameters,
            app_name=APP_NAME,
            accounts=list(self._queue.accounts.values()),
            host=URL(parameters["redirect_uri"]).host,
        )

    async def submit_consent(self, request: web.Request) -> web.Response:
        """Redirect back with a code, or with a refusal (``access_denied`` is undocumented, assumed)."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        # Check again: the form is sent by the browser and may be changed.
        if (error := self._find_request_error(form)) is not None:
            return render_page("notice.html", status=400, title="Sign-in is not possible", text=error)
        result = self._build_consent_result(form)
        if result is None:
            return render_page(
                "notice.html", status=400, title="Sign-in is not possible", text="Choose an account."
            )
        if "state" in form:
            result["state"] = form["state"]
        location = URL(form["redirect_uri"]).update_query(result)
        return web.Response(status=302, headers={"Location": str(location)})

    def _build_consent_result(self, form: Mapping[str, str]) -> dict[str, str] | None:
        if form.get("decision") != "allow":
            return {"error": "access_denied"}
        account = self._queue.accounts.get(form.get("account", ""))
        if account is None:
            return None
        challenge = "" if self._options.pkce == "ignored" else form.get("code_challenge", "")
        return {"code": self._access.grants.create_code(account, form["redirect_uri"], challenge)}

    async def exchange_token(self, request: web.Request) -> web.Response:
        """Exchange an authorization code or a refresh token for new tokens."""
        form = await _read_fields(request)
        if (form.get("client_id"), form.get("client_secret")) != self._client():
            raise ApiError(400, "invalid_client", "The client id or the client secret is wrong.")
        match form.get("grant_type"):
            case "authorization_code":
                grant = self._redeem_code(form)
            case "refresh_token":
                grant = self._redeem_refresh_token(form)
            case _:
                raise invalid_request("grant_type is missing or unknown.")
        return self._build_token_response(grant)

    def _redeem_code(self, form: Mapping[str, str]) -> Grant:
        redirect_uri = form.get("redirect_uri")
        if redirect_uri is None and self._options.redirect_uri_required:
            raise invalid_request("redirect_uri is missing.")
        verifier = form.get("code_verifier", "")
        grant = self._access.grants.redeem_code(form.get("code", ""), redirect_uri, verifier)
        if grant is None:
            raise invalid_request(
                "The code is invalid, expired or used, or redirect_uri or code_verifier differs."
            )
        return grant

    def _redeem_refresh_token(self, form: Mapping[str, str]) -> Grant:
        grant = self._access.grants.redeem_refresh_token(
            form.get("refresh_token", ""), self._options.refresh_token_grace
        )
        if grant is None:
            status = self._options.token_reuse_status
            code = "invalid_request" if status == 400 else "invalid_token"  # noqa: PLR2004 - an HTTP status
            raise ApiError(status, code, "The refresh_token is invalid, revoked or was used before.")
        return grant

    def _build_token_response(self, grant: Grant) -> web.Response:
        access, refresh = self._access.grants.issue_tokens(grant, self._options.expires_in)
        body = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": self._options.expires_in,
            "refresh_token": refresh,
        }
        return web.json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def revoke_token(self, request: web.Request) -> web.Response:
        """Revoke the bearer token and the refresh token of the same grant."""
        self._access.require_token(request).grant.is_revoked = True
        return web.Response(status=204)


async def _read_fields(request: web.Request) -> dict[str, str]:
    if request.content_type == "application/json":
        return {name: str(value) for name, value in (await read_json_object(request)).items()}
    return {name: str(value) for name, value in (await request.post()).items()}
