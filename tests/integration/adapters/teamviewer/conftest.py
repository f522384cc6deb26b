"""The client of TeamViewer against a scripted server."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from support.teamviewer_script import Script, client_of

from adapters.http import new_http_client
from sandbox.server import Server


@pytest.fixture
async def tv() -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.serve)
    server = Server(app)
    async with new_http_client(timeout=0.5) as http:
        origin = await server.start()
        script.client = client_of(http, origin)
        script.pkce_client = client_of(http, origin, uses_pkce=True)
        yield script
        script.over.set()
    await server.stop()
    assert script.said_everything(), (script.unforeseen, script.answers)
