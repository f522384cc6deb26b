"""``POST /api/messages``: read, verify, then run the turn. Whoever is refused gets an empty answer."""

import json
from http import HTTPStatus

import structlog
from aiohttp import web

from adapters.settings import is_loopback
from adapters.teams.activities import Unreadable
from adapters.teams.adapter import Handle, TeamsAdapter
from adapters.teams.body import BadBody, read_body
from adapters.teams.inbound import Check, Refused
from adapters.teams.invoke import ACCEPTED, InvokeReply
from bot.errors import Unavailable

PATH = "/api/messages"
LARGEST_BODY = 512 * 1024
"""Teams' own largest messages have 100 KB."""
_FORWARDED = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}
log = structlog.get_logger("teams")


class TeamsRoute:
    """Receives every activity. Nothing of one is used or logged before its sender is verified."""

    def __init__(self, check: Check, adapter: TeamsAdapter, handle: Handle) -> None:
        self._check = check
        self._adapter = adapter
        self._handle = handle

    def add_to(self, app: web.Application) -> None:
        """Put the route into a web server; every other method is answered with 405."""
        app.router.add_post(PATH, self.receive)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer an invoke with what the bot says, anything else with 202.

        415 is for what is not JSON, 413 for what is too large, 400 for what is no activity, 401 for what is not from
        Teams or not for us, 503 where that cannot be known now: Teams sends again later.
        """
        try:
            reply = await self._answer(request)
        except web.HTTPException as refused:
            return web.Response(status=refused.status)
        except (BadBody, Unreadable):
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        except Refused as refused:
            log.info("activity refused", reason=str(refused))
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        except Unavailable:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(reply)

    async def _answer(self, request: web.Request) -> InvokeReply:
        if self._check.is_local and not _is_local(request):
            raise Refused("not from this machine")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        raw = read_body(await _read(request))
        await self._check.check(request.headers.get("Authorization", ""), raw)
        return await self._adapter.process(raw, self._handle) or ACCEPTED


def _is_local(request: web.Request) -> bool:
    """Whether a request begins on this machine, as far as can be seen: a proxy before the bot would tell for whom it asks."""
    return is_loopback(request.remote or "") and not _FORWARDED & {name.lower() for name in request.headers}


def _response(reply: InvokeReply) -> web.Response:
    if reply.body is None:
        return web.Response(status=reply.status)
    written = json.dumps(reply.body, separators=(",", ":")).encode()
    return web.Response(status=reply.status, body=written, content_type="application/json")


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, request.content_length or 0)
    try:
        body = await request.read()
    except web.RequestPayloadError:
        raise BadBody("not compressed as it says") from None
    if len(body) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
    return body
