"""The HTTP server. Each part of the bot adds its own routes. An error answer holds no traceback."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from importlib.resources import as_file, files

import structlog
from aiohttp import web

from adapters.logs import safe_exc_info
from adapters.web.connections import ConnectionLimits, ConnectionPool, LimitedConnection
from adapters.web.health import ANSWERS, REFUSED
from adapters.web.language import choose_page_language
from adapters.web.pages import not_found_page

LARGEST_BODY = 1024 * 1024
"""In bytes. Slack's largest payloads, those of modals, have 250 KB. The other routes need much less."""
LANGUAGE = web.AppKey("language", str)
log = structlog.get_logger("web")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FIRST_REFUSAL_STATUS = 400
_BACKLOG = 512
"""Connections that the system holds for the bot while it is busy. Beyond it, a sender has to try again."""


def new_application(language: str = "en") -> web.Application:
    """Return an application that measures the time of its answers and shows no traceback. ``language`` is the organization's."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_measure_and_hide_errors])
    app[LANGUAGE] = language
    with as_file(files("adapters.web") / "static") as static:
        app.router.add_static("/static", static)
    return app


def _is_browser(request: web.Request) -> bool:
    """Return whether a person asks for a page, and not a program for data."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


@web.middleware
async def _measure_and_hide_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    route = request.match_info.route.resource.canonical if request.match_info.route.resource else "unknown"
    started = time.perf_counter()
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        if _is_browser(request):
            return not_found_page(choose_page_language(request, request.app[LANGUAGE]))
        raise
    except web.HTTPException:
        raise
    except Exception as error:
        if request.transport is None:
            raise ConnectionError("the sender is gone") from None  # aiohttp ends quietly
        log.error("request failed", route=route, error=type(error).__name__, exc_info=safe_exc_info(error))  # noqa: TRY400 - without its message
        response = web.Response(status=500)
    ANSWERS.labels(route).observe(time.perf_counter() - started)
    if response.status >= _FIRST_REFUSAL_STATUS:
        REFUSED.labels(route, str(response.status)).inc()
    return response


class CannotListen(OSError):
    """The address is in use, or is not this machine's. ``settings`` names the settings to change."""

    def __init__(self, error: OSError, settings: str) -> None:
        super().__init__(error.errno, error.strerror)
        self.settings = settings


class WebServer:
    """Serves an application until it is stopped. With port 0, ``port`` is the real one after the start."""

    def __init__(
        self,
        app: web.Application,
        host: str,
        port: int,
        limits: ConnectionLimits | None = None,
        *,
        settings: str = "TVBOT_HOST and TVBOT_PORT",
    ) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
        self._host = host
        self._settings = settings
        self._requested_port = port
        self._listener: asyncio.Server | None = None
        self.connections = ConnectionPool(limits or ConnectionLimits())
        self.port = port

    async def start(self) -> None:
        """Start to listen. Raises CannotListen."""
        await self._runner.setup()
        server, loop = self._runner.server, asyncio.get_running_loop()
        if server is None:
            raise RuntimeError("the server is not set up")
        try:
            self._listener = await loop.create_server(
                lambda: LimitedConnection(server, self.connections, loop),
                self._host,
                self._requested_port,
                backlog=_BACKLOG,
            )
        except OSError as error:
            raise CannotListen(error, self._settings) from None
        self.port = int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept no new request, and finish the running ones within 3 seconds."""
        if self._listener is not None:
            self._listener.close()
        await self._runner.cleanup()
