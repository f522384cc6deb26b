"""``POST /hooks/servicedesk``: the webhook that custom triggers of ServiceDesk Plus call."""

import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from adapters.web.body import read_body
from adapters.web.connections import trust_connection
from adapters.web.deliveries import note_delivery
from bot.model.delivery import DeliverySource
from bot.model.secret import Secret
from bot.services import Services
from bot.use_cases.request_closed import end_sessions_of_closed_request, read_reference

log = structlog.get_logger("web")
LARGEST_HOOK_BODY = 10_000
"""In bytes."""
REQUEST_CLOSED = "request_closed"
DOCTOR = "doctor"
"""The event with which the doctor checks the webhook. It is no call of ServiceDesk Plus."""
ID_NAMES = ("request_id", "requestId", "id")
"""What a custom trigger calls the request's id is the choice of who sets it up."""
_LOGGED_CHARACTERS = 40


class _UnreadableCall(Exception):
    """A call without an event or without a request. Its message does not quote the body."""


class ServiceDeskHook:
    """Receives the calls of the triggers. Without the secret, a caller gets an empty answer."""

    def __init__(self, services: Services, secret: Secret) -> None:
        self._services = services
        self._secret = secret

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the web application."""
        app.router.add_post("/hooks/servicedesk", self.receive_trigger)

    async def receive_trigger(self, request: web.Request) -> web.Response:
        """Answer 401 without the secret, 413 to a large body, 400 to a body that cannot be read, else 202.

        ``matched`` in the answer says how many open sessions the request has.
        """
        given_secret = request.headers.get("X-TVBot-Secret", "")
        # aiohttp decodes headers with "surrogateescape", so any byte may be in one.
        if not hmac.compare_digest(
            given_secret.encode(errors="surrogateescape"), self._secret.reveal().encode()
        ):
            return web.Response(status=401)
        trust_connection(request)
        try:
            body = await read_body(request, LARGEST_HOOK_BODY)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except web.RequestPayloadError:
            return web.Response(status=400)
        try:
            event, reference = _read_call(body.decode(errors="replace"))
        except _UnreadableCall as error:
            log.warning("hook not understood", reason=str(error))
            return web.json_response({"error": str(error)}, status=400)
        if event != DOCTOR:
            note_delivery(request, DeliverySource.SERVICEDESK)
        matched = 0
        if event == REQUEST_CLOSED:
            matched = await end_sessions_of_closed_request(
                reference, self._services.unit_of_work, self._services.clock()
            )
        log.info("hook called", hook_event=event[:_LOGGED_CHARACTERS], reference=reference, matched=matched)
        return web.json_response({"matched": matched}, status=202)


def _read_call(body: str) -> tuple[str, str]:
    """Return the event of a call, and the digits of the id or number of its request. Raises _UnreadableCall."""
    call = _parse_body(body)
    given = next((call[name] for name in ID_NAMES if call.get(name) not in (None, "")), None)
    reference = read_reference(given)
    if not isinstance(call.get("event"), str):
        raise _UnreadableCall("the body has no text in 'event'")
    if reference is None:
        raise _UnreadableCall(f"the body has no number of a request in {', '.join(map(repr, ID_NAMES))}")
    return call["event"], reference


def _parse_body(body: str) -> dict[str, Any]:
    """Read JSON, or else a form: which of the two a trigger says that it sends is not documented."""
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        call = dict(parse_qsl(body))
    if not isinstance(call, dict) or not call:
        raise _UnreadableCall("the body is neither a JSON object nor a form")
    return call
