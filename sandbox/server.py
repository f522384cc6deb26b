"""A real HTTP server on loopback for one simulated system."""

import asyncio
import socket
import time
from email.utils import formatdate
from typing import ClassVar

from aiohttp import web

HOST = "127.0.0.1"


class Server:
    """Serves an application on ``127.0.0.1``. ``url`` is its origin, without a trailing slash."""

    seconds_ahead: ClassVar[float] = 0.0
    """How far the clock in the head ``Date`` is ahead of this machine's, in the answers of all simulated systems."""

    def __init__(self, app: web.Application, port: int = 0) -> None:
        app.on_response_prepare.append(_set_date)
        # A short shutdown time-out: tests stop servers while clients still hold connections.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        self._port = port
        self.url = ""

    async def start(self) -> str:
        """Start serving and return the origin. Port 0 lets the system choose a free port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self.url = site.name if self._port else self._get_bound_url(site)
        return self.url

    def _get_bound_url(self, site: web.TCPSite) -> str:
        server = site._server  # noqa: SLF001 - aiohttp has no public way to read a port that the system chose
        assert isinstance(server, asyncio.Server)  # noqa: S101 - narrows the type only
        listening: socket.socket = server.sockets[0]
        return f"http://{HOST}:{listening.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop serving and close open connections."""
        await self._runner.cleanup()


async def _set_date(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Date"] = formatdate(time.time() + Server.seconds_ahead, usegmt=True)
