"""``POST /hooks/servicedesk``: what ServiceDesk Plus's custom triggers call."""

import hmac
import json

import structlog
from aiohttp import web

from bot.model.ids import RequestId
from bot.model.secret import Secret
from bot.services import Services
from bot.use_cases.request_closed import end_sessions_of_closed_request

log = structlog.get_logger("web")
LARGEST_BODY = 10_000


class ServiceDeskHook:
    """Receives the triggers. Whoever does not know the secret gets an empty answer."""

    def __init__(self, services: Services, secret: Secret) -> None:
        self._services = services
        self._secret = secret

    def add_to(self, app: web.Application) -> None:
        """Put the route into the web application."""
        app.router.add_post("/hooks/servicedesk", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Answer 401 to whoever does not know the secret, 400 to what cannot be read, else 202."""
        given = request.headers.get("X-TVBot-Secret", "")
        # Headers come decoded with "surrogateescape": any byte may stand in one.
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), self._secret.reveal().encode()):
            return web.Response(status=401)
        if (request.content_length or 0) > LARGEST_BODY:
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
            log.info("a request was closed", sessions=ended)
        return web.Response(status=202)
