"""The details of a team and the list of its channels, as the bot may read them."""

from aiohttp import web

from sandbox.teams.access_control import AccessControl
from sandbox.teams.model import Conversation, Json
from sandbox.teams.state import TeamsState

_TEAM = "/teams/v3/teams/{team}"


class TeamDirectory:
    """Handles the requests for teams. Teams answers them for a team that the bot is in."""

    def __init__(self, state: TeamsState, access: AccessControl) -> None:
        self._state = state
        self._access = access

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_get(_TEAM, self._get_team, name="teams.get")
        app.router.add_get(_TEAM + "/conversations", self._list_channels, name="teams.channels")

    async def _get_team(self, request: web.Request) -> web.Response:
        team = self._access.authorize_team(request)
        return web.json_response({"id": team.id, "name": team.team_name, "type": "standard"})

    async def _list_channels(self, request: web.Request) -> web.Response:
        """List every channel, of every type: who may see a private one is not the list's concern."""
        team = self._access.authorize_team(request)
        channels = [self._as_json(one) for one in self._state.channels_of(team.id)]
        return web.json_response({"conversations": channels})

    def _as_json(self, channel: Conversation) -> Json:
        """Return a channel. General has no name: each client shows it in its own language."""
        name = None if channel.id == channel.team else channel.name
        kind = {"type": channel.channel_type} if self._state.names_channel_types else {}
        return {"id": channel.id, "name": name, **kind}
