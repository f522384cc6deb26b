"""The one HTTP server: routes are put in by whoever owns them, errors leave without a traceback."""

import time
from collections.abc import Awaitable, Callable
from importlib.resources import as_file, files

import structlog
from aiohttp import web

from adapters.logs import without_values
from adapters.web.health import ANSWERS, REFUSED

LARGEST_BODY = 1024 * 1024
"""Slack's largest payloads, of modals, have 250 KB. The other routes take much less."""
log = structlog.get_logger("web")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_REFUSED_FROM = 400


def new_application() -> web.Application:
    """Return an application that measures its answers and shows nobody a traceback."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_guard])
    with as_file(files("adapters.web") / "static") as static:
        app.router.add_static("/static", static)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    route = request.match_info.route.resource.canonical if request.match_info.route.resource else "unknown"
    started = time.perf_counter()
    try:
        response = await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        log.error("request broke", route=route, error=type(error).__name__, exc_info=without_values(error))  # noqa: TRY400 - without its message
        response = web.Response(status=500)
    ANSWERS.labels(route).observe(time.perf_counter() - started)
    if response.status >= _REFUSED_FROM:
        REFUSED.labels(route, str(response.status)).inc()
    return response


class WebServer:
    """Serves an application until it is stopped; ``port`` is known after the start."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
        self._host = host
        self._wanted_port = port
        self.port = port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        address = self._runner.addresses[0]
        self.port = int(address[1])

    async def stop(self) -> None:
        """Take no new request, finish those that run."""
        await self._runner.cleanup()
