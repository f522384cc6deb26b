"""The page of Slack's on which somebody allows the app into a workspace, or does not."""

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
_KEPT = ("client_id", "scope", "state", "redirect_uri")


class ConsentPage:
    """Serves ``/oauth/v2/authorize``. ``redirect_uris`` empty means that any is registered."""

    def __init__(self, world: SlackState) -> None:
        self._world = world
        self.redirect_uris: list[str] = []

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/oauth/v2/authorize", self._show, name="oauth.v2.authorize")
        app.router.add_post("/oauth/v2/authorize", self._decide)

    def _trouble(self, query: Mapping[str, object]) -> str | None:
        if query.get("client_id") != self._world.client_id:
            return "invalid_client_id"
        if self.redirect_uris and query.get("redirect_uri") not in self.redirect_uris:
            return "bad_redirect_uri"
        scopes = _scopes(query)
        return None if scopes and scopes <= KNOWN_SCOPES else "invalid_scope"

    async def _show(self, request: web.Request) -> web.Response:
        query = request.query
        if trouble := self._trouble(query):
            return _refusal(trouble)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">' for name in _KEPT
        )
        teams = "".join(
            f'<option value="{team.id}"{" selected" if team.id == query.get("team") else ""}>{escape(team.name)}</option>'
            for team in self._world.teams.values()
        )
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in sorted(_scopes(query)))
        page = _PAGE.format(hidden=hidden, teams=teams, scopes=scopes)
        return web.Response(text=page, content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        form = await request.post()
        team = str(form.get("team", ""))
        trouble = self._trouble(form) or (None if team in self._world.teams else "invalid_team_for_app")
        if trouble:
            return _refusal(trouble)
        redirect_uri = str(form["redirect_uri"])
        answer = {"error": "access_denied"}
        if form.get("decision") == "allow":
            code = self._world.tokens.allow(team, self._installer(team), _scopes(form), redirect_uri)
            answer = {"code": code}
        query = urlencode({**answer, "state": str(form.get("state", ""))})
        separator = "&" if "?" in redirect_uri else "?"
        return web.Response(status=302, headers={"Location": f"{redirect_uri}{separator}{query}"})

    def _installer(self, team: str) -> str:
        people = [one for one in self._world.users.values() if one.team == team and not one.is_bot]
        admins = [one for one in people if one.is_admin]
        return next((one.id for one in admins + people), "U0INSTALLER")


def _scopes(query: Mapping[str, object]) -> frozenset[str]:
    return frozenset(str(query.get("scope", "")).replace(" ", ",").split(",")) - {""}


def _refusal(trouble: str) -> web.Response:
    return web.Response(
        status=400, text=f"<h1>Something went wrong</h1><p>{trouble}</p>", content_type="text/html"
    )
