"""Who is in a conversation, as the bot may ask."""

from aiohttp import web

from sandbox.teams.access_control import AccessControl
from sandbox.teams.json_format import ApiError, bad_syntax
from sandbox.teams.state import TeamsState

_PLACE = "/teams/v3/conversations/{conversation}"
LARGEST_PAGE = 500


class Roster:
    """Members, one by one and in pages."""

    def __init__(self, world: TeamsState, gate: AccessControl) -> None:
        self._world = world
        self._gate = gate

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(_PLACE + "/members/{member}", self._member, name="members.get")
        app.router.add_get(_PLACE + "/pagedmembers", self._page, name="members.page")

    async def _member(self, request: web.Request) -> web.Response:
        conversation = self._gate.to_read(request)
        member = conversation.member(request.match_info["member"])
        if member is None:
            raise ApiError(404, "MemberNotFoundInConversation", "Member not found in conversation.")
        return web.json_response(member.as_member())

    async def _page(self, request: web.Request) -> web.Response:
        """Answer one page; the token of the next is the number of those already told."""
        conversation = self._gate.to_read(request)
        size = _number(request.query.get("pageSize", "200"))
        start = _number(request.query.get("continuationToken", "0"))
        end = start + min(size or 1, LARGEST_PAGE)
        told: dict[str, object] = {"members": [one.as_member() for one in conversation.members[start:end]]}
        if end < len(conversation.members):
            told["continuationToken"] = str(end)
        return web.json_response(told)


def _number(written: str) -> int:
    if not written.isascii() or not written.isdigit():
        raise bad_syntax("pageSize and continuationToken must be numbers that were given.")
    return int(written)
