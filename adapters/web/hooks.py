"""``POST /hooks/servicedesk``: the webhook that custom triggers of ServiceDesk Plus call."""

import hmac
import json

import structlog
from aiohttp import web

from bot.model.ids import RequestId
from bot.model.secret import Secret
from bot.services import Services
from bot.use_cases.request_closed import end_sessions_of_closed_request

log = structlog.get_logger("web")
LARGEST_HOOK_BODY = 10_000
"""In bytes."""


class ServiceDeskHook:
    """Receives the calls of the triggers. Without the secret, a caller gets an empty answer."""

    def __init__(self, services: Services, secret: Secret) -> None:
        self._services = services
        self._secret = secret

    def add_routes(self, app: web.Application) -> None:
        """Add the route to the web application."""
        app.router.add_post("/hooks/servicedesk", self.receive_trigger)

    async def receive_trigger(self, request: web.Request) -> web.Response:
        """Answer 401 without the secret, 413 to a large body, 400 to a body that cannot be read, else 202."""
        given_secret = request.headers.get("X-TVBot-Secret", "")
        # aiohttp decodes headers with "surrogateescape", so any byte may be in one.
        if not hmac.compare_digest(
            given_secret.encode(errors="surrogateescape"), self._secret.reveal().encode()
        ):
            return web.Response(status=401)
        if (request.content_length or 0) > LARGEST_HOOK_BODY:
            return web.Response(status=413)
        try:
            body = json.loads(await request.text())
            event, request_id = str(body["event"]), str(body["request_id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return web.Response(status=400)
        if event == "request_closed":
            ended = await end_sessions_of_closed_request(
                RequestId(request_id), self._services.unit_of_work, self._services.clock()
            )
            log.info("request closed", sessions=ended)
        return web.Response(status=202)
