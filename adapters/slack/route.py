"""``POST /slack/events``: verify, then parse, then dispatch. A refused request gets an empty response."""

import time
from collections.abc import Callable

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from adapters.web.server import LARGEST_BODY
from bot.model.secret import Secret

_KNOWN = {"command", "type"}
"""Each payload of Slack has one of these fields: a slash command has ``command``, everything else ``type``."""


class _Clock:
    """The clock that Slack's verifier takes: an object with ``now``."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


class SlackRoute:
    """Receives every request from Slack."""

    def __init__(self, bolt: AsyncApp, signing_secret: Secret, now: Callable[[], float] = time.time) -> None:
        self._bolt = bolt
        self._verifier = SignatureVerifier(signing_secret.reveal(), clock=_Clock(now))  # type: ignore[arg-type]  # anything with now()

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Dispatch a request. Answer 413 if it is too large, 401 if it is not signed, 400 if it cannot be read."""
        try:
            return await to_aiohttp_response(await self._bolt.async_dispatch(await self._read(request)))
        except web.HTTPException as refused:
            return web.Response(status=refused.status)

    async def _read(self, request: web.Request) -> AsyncBoltRequest:
        try:
            body = await request.read()
        except web.RequestPayloadError:
            raise web.HTTPBadRequest from None  # its Content-Encoding is wrong
        if len(body) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
        if not self._is_signed(body, request):
            raise web.HTTPUnauthorized
        try:
            read = await to_bolt_request(request)
        except (ValueError, TypeError):
            raise web.HTTPBadRequest from None
        if not isinstance(read.body, dict) or not _KNOWN & read.body.keys():
            raise web.HTTPBadRequest
        return read

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError, OverflowError):
            return False  # the time is no number, or too large for one
