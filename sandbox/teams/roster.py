"""The roster: the members of a conversation."""

from aiohttp import web

from sandbox.teams.access_control import AccessControl
from sandbox.teams.json_format import ApiError, bad_syntax
from sandbox.teams.state import TeamsState

_CONVERSATION = "/teams/v3/conversations/{conversation}"
MAX_PAGE_SIZE = 500


class Roster:
    """Handles the requests for members, one by one and in pages."""

    def __init__(self, state: TeamsState, access: AccessControl) -> None:
        self._state = state
        self._access = access

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application."""
        app.router.add_get(_CONVERSATION + "/members/{member}", self._get_member, name="members.get")
        app.router.add_get(_CONVERSATION + "/pagedmembers", self._get_page, name="members.page")

    async def _get_member(self, request: web.Request) -> web.Response:
        conversation = self._access.authorize_read(request)
        member = conversation.find_member(request.match_info["member"])
        if member is None:
            raise ApiError(404, "MemberNotFoundInConversation", "Member not found in conversation.")
        return web.json_response(member.as_roster_member())

    async def _get_page(self, request: web.Request) -> web.Response:
        """Return one page of members. The continuation token is the number of members returned so far."""
        conversation = self._access.authorize_read(request)
        size = _parse_number(request.query.get("pageSize", "200"))
        start = _parse_number(request.query.get("continuationToken", "0"))
        # A page size of 0 would never end.
        end = start + min(size or 1, MAX_PAGE_SIZE)
        body: dict[str, object] = {
            "members": [one.as_roster_member() for one in conversation.members[start:end]]
        }
        if end < len(conversation.members):
            body["continuationToken"] = str(end)
        return web.json_response(body)


def _parse_number(written: str) -> int:
    if not written.isascii() or not written.isdigit():
        raise bad_syntax("pageSize and continuationToken must be numbers that were given.")
    return int(written)
