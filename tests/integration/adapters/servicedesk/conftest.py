"""The client of ServiceDesk Plus against a scripted server."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from support.servicedesk_script import Script

from adapters.http import new_http_client
from adapters.servicedesk.client import ServiceDeskClient
from bot.ports import ServiceDesk, TokenSource
from sandbox.server import Server


@pytest.fixture
async def slack_user() -> AsyncIterator[Script]:
    """Return the script with its client. The test fails if a scripted answer was not used."""
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.serve)
    server = Server(app)
    url = await server.start()
    async with new_http_client(timeout=5) as http:
        tokens: TokenSource = script.tokens
        script.client = ServiceDeskClient(
            http, api_url=url, web_urls=["https://sdp.test"], portal="itdesk", tokens=tokens
        )
        _port: ServiceDesk = script.client
        yield script
    await server.stop()
    assert not script.unforeseen
    assert not any(script.answers.values())
