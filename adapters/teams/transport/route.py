"""``POST /api/messages``: read the activity, verify its sender, run its turn, and write the reply."""

import json
from http import HTTPStatus

import structlog
from aiohttp import web

from adapters.teams.incoming.activity import InvalidActivity, parse_activity, read_json, read_origin
from adapters.teams.render.invoke_replies import ACCEPTED, InvokeReply
from adapters.teams.transport.adapter import Bot, TeamsAdapter
from adapters.teams.transport.auth import ActivityCheck, Refused
from adapters.throttled_log import ThrottledLog
from adapters.web.body import read_body
from adapters.web.connections import trust_connection
from adapters.web.deliveries import note_delivery
from adapters.web.local_requests import is_local_request
from bot.errors import Unavailable
from bot.model.delivery import DeliverySource

PATH = "/api/messages"
MAX_BODY_BYTES = 512 * 1024
"""Teams' own largest messages have 100 KB."""
log = structlog.get_logger("teams")


class TeamsRoute:
    """Receives every activity. Nothing of one is used or logged before its sender is verified."""

    def __init__(self, check: ActivityCheck, adapter: TeamsAdapter, bot: Bot) -> None:
        self._check = check
        self._adapter = adapter
        self._bot = bot
        self._log = ThrottledLog(log)

    def add_routes(self, app: web.Application) -> None:
        """Add the route to a web server. Every other method gets 405."""
        app.router.add_post(PATH, self.receive_activity)

    async def receive_activity(self, request: web.Request) -> web.StreamResponse:
        """Answer an invoke with the bot's reply, anything else with 202.

        The other statuses: 415 for what is not JSON, 413 for what is too large, 400 for what is not an activity, 401
        for what does not come from Teams or is not for this bot, 403 for what does not start on this machine while only
        that is accepted, and 503 where that cannot be checked now: Teams
        sends it again later. Their bodies are empty.
        """
        try:
            reply = await self._run_turn(request)
        except web.HTTPException as refused:
            return web.Response(status=refused.status)
        except InvalidActivity:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        except Refused as refused:
            self._log.info("activity refused", reason=str(refused))
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        except Unavailable:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(reply)

    async def _run_turn(self, request: web.Request) -> InvokeReply:
        if self._check.is_local and not is_local_request(request):
            self._log.info("activity refused", reason="not from this machine")
            raise web.HTTPForbidden
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        raw = read_json(await _read_body(request))
        origin = read_origin(raw)
        await self._check.verify_sender(request.headers.get("Authorization", ""), origin)
        trust_connection(request)
        note_delivery(request, DeliverySource.TEAMS)
        activity = parse_activity(raw, origin)
        return await self._adapter.process_activity(activity, self._bot) or ACCEPTED


def _response(reply: InvokeReply) -> web.Response:
    if reply.body is None:
        return web.Response(status=reply.status)
    encoded = json.dumps(reply.body, separators=(",", ":")).encode()
    return web.Response(status=reply.status, body=encoded, content_type="application/json")


async def _read_body(request: web.Request) -> bytes:
    try:
        return await read_body(request, MAX_BODY_BYTES)
    except web.RequestPayloadError:
        raise InvalidActivity("not compressed as the header says") from None
