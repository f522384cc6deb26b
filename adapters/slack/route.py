"""``POST /slack/events``: verify, then parse, then dispatch. A refused request gets an empty response."""

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from adapters.slack.app import SlackApp
from adapters.slack.body import InvalidBody, is_certificate_check, read_body
from adapters.web.connections import trust_connection
from adapters.web.deliveries import note_delivery
from adapters.web.server import LARGEST_BODY
from bot.model.delivery import DeliverySource
from bot.model.secret import Secret

PATH = "/slack/events"


class _Clock:
    """The clock that Slack's verifier takes: an object with ``now``."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


class SlackRoute:
    """Receives every request from Slack."""

    def __init__(self, app: SlackApp, signing_secret: Secret, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret.reveal(), clock=_Clock(now))  # type: ignore[arg-type]  # anything with now()

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the web application."""
        app.router.add_post(PATH, self.receive)
        app.router.add_get(PATH, self.confirm_certificate)

    async def confirm_certificate(self, request: web.Request) -> web.StreamResponse:
        """Answer 200 to Slack's check of the certificate, which it may send as a GET, and 405 to any other."""
        return web.Response(status=200 if is_certificate_check(request.query_string) else 405)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Dispatch a request. Answer 413 if it is too large, 401 if it is not signed, 400 if it cannot be read."""
        try:
            body = await self._read(request)
            if not self._is_signed(body, request):
                return web.Response(status=200 if is_certificate_check(body) else 401)
            trust_connection(request)
            note_delivery(request, DeliverySource.SLACK)
            payload = read_body(body, request.content_type)
            if self._app.is_slash_command(payload):
                return _acknowledge(await self._app.answer_slash_command(payload))
            return await to_aiohttp_response(
                await self._app.bolt.async_dispatch(_to_bolt_request(payload, request))
            )
        except web.HTTPException as refused:
            return web.Response(status=refused.status)
        except InvalidBody:
            return web.Response(status=400)

    async def _read(self, request: web.Request) -> bytes:
        try:
            body = await request.read()
        except web.RequestPayloadError:
            raise web.HTTPBadRequest from None  # its Content-Encoding is wrong
        if len(body) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
        return body

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError, OverflowError):
            return False  # the time is no number, or too large for one


def _acknowledge(text: str) -> web.Response:
    """Return Slack's acknowledgement with a message as JSON, with words, or with nothing."""
    return web.Response(text=text, content_type="application/json" if text.startswith("{") else "text/plain")


def _to_bolt_request(payload: dict[str, Any], request: web.Request) -> AsyncBoltRequest:
    """Return Bolt's request of a signed payload.

    Bolt takes a body that is parsed already only as one of Socket Mode. The mode changes nothing else.
    """
    return AsyncBoltRequest(
        body=payload,
        query=request.query_string,
        headers=request.headers,  # type: ignore[arg-type]  # as in Bolt's own adapter
        mode="socket_mode",
    )
