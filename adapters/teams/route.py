"""``POST /api/messages``: verify, then look. Whoever is refused gets an empty answer."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web
from azure.core.exceptions import DeserializationError

from adapters.teams.adapter import Handle, TeamsAdapter
from adapters.teams.inbound import Check, Refused
from bot.errors import Unavailable

LARGEST_BODY = 512 * 1024
log = structlog.get_logger("teams")


class TeamsRoute:
    """Receives every activity."""

    def __init__(self, check: Check, adapter: TeamsAdapter, handle: Handle) -> None:
        self._check = check
        self._adapter = adapter
        self._handle = handle

    async def receive(self, request: web.Request) -> web.Response:
        """Answer 202, or an invoke's reply.

        415, 413, 400 and 401 go to what is not one of Teams' requests, 503 where that cannot be known just now.
        """
        if request.content_type != "application/json":
            return web.Response(status=415)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        raw = _activity(body)
        if raw is None:
            return web.Response(status=400)
        refused = await self._refused(request.headers.get("Authorization", ""), raw)
        return web.Response(status=refused) if refused else await self._processed(raw)

    async def _refused(self, authorization: str, raw: Mapping[str, Any]) -> int | None:
        try:
            await self._check.check(authorization, raw)
        except Refused as error:
            log.info("activity refused", reason=str(error))
            return 401
        except Unavailable:
            return 503
        return None

    async def _processed(self, raw: Mapping[str, Any]) -> web.Response:
        try:
            reply = await self._adapter.process(raw, self._handle)
        except DeserializationError:
            return web.Response(status=400)
        if reply is None:
            return web.Response(status=202)
        if reply.body is None:
            return web.Response(status=reply.status)
        return web.json_response(reply.body, status=reply.status)


async def _body(request: web.Request) -> bytes | None:
    """Read a body; None where it is too large."""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= LARGEST_BODY else None


def _activity(body: bytes) -> Mapping[str, Any] | None:
    """Read an activity; None where it is none."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return None
    return raw
