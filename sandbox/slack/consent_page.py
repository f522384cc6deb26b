"""Slack's consent page, where a user allows or refuses the installation of the app."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack.state import SlackState
from sandbox.slack.tokens import KNOWN_SCOPES

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack sandbox</title>
<h1>tvbot is requesting permission to access a workspace</h1><ul>{scopes}</ul>
<form method="post" action="/oauth/v2/authorize">{hidden}
<label>Workspace <select name="team">{teams}</select></label>
<button name="decision" value="allow">Allow</button> <button name="decision" value="cancel">Cancel</button>
</form></html>"""
_FORWARDED = ("client_id", "scope", "state", "redirect_uri")


class ConsentPage:
    """Serves ``/oauth/v2/authorize``. An empty ``redirect_uris`` accepts every redirect URI."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self.redirect_uris: list[str] = []

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_get("/oauth/v2/authorize", self._show_page, name="oauth.v2.authorize")
        app.router.add_post("/oauth/v2/authorize", self._submit_decision)

    def _find_error(self, query: Mapping[str, object]) -> str | None:
        if query.get("client_id") != self._state.client_id:
            return "invalid_client_id"
        if self.redirect_uris and query.get("redirect_uri") not in self.redirect_uris:
            return "bad_redirect_uri"
        scopes = _parse_scopes(query)
        return None if scopes and scopes <= KNOWN_SCOPES else "invalid_scope"

    async def _show_page(self, request: web.Request) -> web.Response:
        query = request.query
        if error := self._find_error(query):
            return _error_page(error)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">'
            for name in _FORWARDED
        )
        teams = "".join(
            f'<option value="{team.id}"{" selected" if team.id == query.get("team") else ""}>{escape(team.name)}</option>'
            for team in self._state.teams.values()
        )
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in sorted(_parse_scopes(query)))
        page = _PAGE.format(hidden=hidden, teams=teams, scopes=scopes)
        return web.Response(text=page, content_type="text/html")

    async def _submit_decision(self, request: web.Request) -> web.Response:
        form = await request.post()
        team = str(form.get("team", ""))
        error = self._find_error(form) or (None if team in self._state.teams else "invalid_team_for_app")
        if error:
            return _error_page(error)
        redirect_uri = str(form["redirect_uri"])
        result = {"error": "access_denied"}
        if form.get("decision") == "allow":
            code = self._state.tokens.create_code(
                team, self._find_installer(team), _parse_scopes(form), redirect_uri
            )
            result = {"code": code}
        query = urlencode({**result, "state": str(form.get("state", ""))})
        # A redirect URI may have a query of its own.
        separator = "&" if "?" in redirect_uri else "?"
        return web.Response(status=302, headers={"Location": f"{redirect_uri}{separator}{query}"})

    def _find_installer(self, team: str) -> str:
        people = [one for one in self._state.users.values() if one.team == team and not one.is_bot]
        admins = [one for one in people if one.is_admin]
        # Prefer an admin, who is the person that usually installs apps.
        return next((one.id for one in admins + people), "U0INSTALLER")


def _parse_scopes(query: Mapping[str, object]) -> frozenset[str]:
    return frozenset(str(query.get("scope", "")).replace(" ", ",").split(",")) - {""}


def _error_page(error: str) -> web.Response:
    return web.Response(
        status=400, text=f"<h1>Something went wrong</h1><p>{error}</p>", content_type="text/html"
    )
