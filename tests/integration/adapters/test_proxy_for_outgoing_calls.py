"""Every call to an outside system goes through the proxy of the environment, except to hosts that ``NO_PROXY`` lists."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from support.slack_user import until

from adapters.http import NoResponse, new_http_client, send_request
from adapters.proxies import address_to_open
from adapters.slack import webapi
from adapters.slack.socket_mode import SocketMode
from adapters.teams.transport import connector
from bot.errors import Unavailable
from bot.model.secret import Secret

HOST = "system.invalid"
"""A host that no resolver knows: only a proxy could reach it."""


@dataclass
class RefusingProxy:
    """A proxy that records which hosts it is asked for, and reaches none of them."""

    url: str = ""
    asked_for: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked_for.append(head.split(b"\r\n")[0].decode())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RefusingProxy]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    refusing = RefusingProxy()
    listener = await asyncio.start_server(refusing.serve, "127.0.0.1", 0)
    refusing.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", refusing.url)
    yield refusing
    listener.close()


async def call_by_client() -> None:
    async with new_http_client() as http:
        await send_request(http, "GET", f"https://{HOST}/")


async def call_slack() -> None:
    async with webapi.new_session() as session:
        await _slack(session).call("T1", "auth.test")


async def call_response_url() -> None:
    async with webapi.new_session() as session:
        await _slack(session).post_to(Secret(f"https://{HOST}/commands/1"), {"text": "done"})


async def call_teams() -> None:
    async with connector.new_http_session() as session:
        await session.get(f"https://{HOST}/")


def _slack(session: ClientSession) -> webapi.SlackWebApi:
    async def token(_tenant: str) -> Secret:
        return Secret("xoxb-1")

    return webapi.SlackWebApi(session, f"https://{HOST}/api", token)


CALLS = [call_by_client, call_slack, call_response_url, call_teams]


@pytest.mark.parametrize("call", CALLS)
async def test_call_asks_the_proxy_for_the_host(
    call: Callable[[], Awaitable[None]], proxy: RefusingProxy
) -> None:
    with suppress(ClientError, NoResponse, Unavailable):
        await call()
    assert proxy.asked_for == [f"CONNECT {HOST}:443 HTTP/1.1"]


@pytest.mark.parametrize("call", CALLS)
async def test_call_to_a_host_of_no_proxy_goes_straight_there(
    call: Callable[[], Awaitable[None]], proxy: RefusingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", f"localhost,{HOST}")
    with pytest.raises((ClientError, NoResponse, Unavailable)):
        await call()
    assert proxy.asked_for == []


async def test_socket_of_slack_asks_the_proxy_for_the_host(proxy: RefusingProxy) -> None:
    """Slack names the address of the socket in an answer. The proxy is named for https alone, as everywhere."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"wss://{HOST}/link"})

    app = web.Application()
    app.router.add_post("/apps.connections.open", answer)
    async with TestServer(app) as slack, webapi.new_session() as session:
        mode = SocketMode(Secret("xapp-1"), AsyncApp(token="xoxb-1"), str(slack.make_url("/")), session)
        await mode.start()
        await until(lambda: proxy.asked_for)
        await mode.stop()
    assert proxy.asked_for[0] == f"CONNECT {HOST}:443 HTTP/1.1"


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        (
            "wss://wss-primary.slack.com/link/?ticket=a://b",
            "https://wss-primary.slack.com/link/?ticket=a://b",
        ),
        ("ws://127.0.0.1:1/link", "http://127.0.0.1:1/link"),
        ("", ""),
    ],
)
def test_socket_is_opened_at_the_same_address(address: str, opened: str) -> None:
    assert address_to_open(address) == opened
