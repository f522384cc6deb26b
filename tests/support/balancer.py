"""A load balancer in front of several bots: it sends each request to one that says that it is ready, in turn."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from support.ports import free_port

_NOT_FORWARDED = {"host", "content-length", "transfer-encoding", "connection"}


class Balancer:
    """Forwards requests to the bots at ``ports``. It asks ``/readyz`` before each request, as a readiness probe would.

    ``served`` counts the requests by port. ``unserved`` counts those for which no bot was ready.
    """

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.served: Counter[int] = Counter()
        self.unserved = 0
        self.url = ""
        self._turn = 0

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Send a request to a bot that is ready, and its answer back."""
        body = await request.read()
        for port in self._in_turn():
            # The port is taken out of rotation between the probe and the request: then another one is asked.
            try:
                if not await self._is_ready(port):
                    continue
                answer = await self._send(port, request, body)
            except aiohttp.ClientConnectorError:
                continue
            self.served[port] += 1
            return answer
        self.unserved += 1
        return web.Response(status=503)

    def _in_turn(self) -> list[int]:
        self._turn += 1
        first = self._turn % len(self.ports)
        return self.ports[first:] + self.ports[:first]

    async def _is_ready(self, port: int) -> bool:
        async with self._client.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == web.HTTPOk.status_code

    async def _send(self, port: int, request: web.Request, body: bytes) -> web.Response:
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in _NOT_FORWARDED
        }
        address = f"http://127.0.0.1:{port}{request.raw_path}"
        async with self._client.request(
            request.method, address, headers=headers, data=body, allow_redirects=False
        ) as answer:
            sent_back = [
                (name, value) for name, value in answer.headers.items() if name.lower() not in _NOT_FORWARDED
            ]
            response = web.Response(status=answer.status, body=await answer.read())
            response.headers.clear()
            for name, value in sent_back:
                response.headers.add(name, value)
            return response

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Balancer"]:
        """Listen on a free port of this machine, at ``url``."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.forward)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._client:
            yield self
        await runner.cleanup()
