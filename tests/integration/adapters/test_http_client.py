"""The HTTP client checks right before a call leaves whether it may, also where the call waits for a free connection."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.slack_user import until

from adapters.http import NoResponse, new_http_client, send_request
from bot.errors import NotAllowed
from bot.i18n import Text


@dataclass
class HeldServer:
    """A server that answers no call before it is released."""

    url: str = ""
    calls: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        await self.released.wait()
        return web.Response(text="answer")


@dataclass
class Switch:
    """The integration's switch, and how often it was asked for."""

    is_on: bool = True
    asked: int = 0

    async def require_on(self) -> None:
        self.asked += 1
        if not self.is_on:
            raise NotAllowed(Text("It is switched off."))


@pytest.fixture
async def server() -> AsyncIterator[HeldServer]:
    held = HeldServer()
    app = web.Application()
    app.router.add_get("/{name}", held.hold)
    async with TestServer(app) as running:
        held.url = str(running.make_url("/"))
        yield held
        held.released.set()


async def test_call_that_waits_for_a_connection_does_not_leave_after_the_switch_moved(
    server: HeldServer,
) -> None:
    """The one call that has left gets its answer."""
    switch = Switch()
    async with new_http_client(connections=1, gate=switch.require_on) as http:
        first = asyncio.create_task(send_request(http, "GET", f"{server.url}first"))
        await until(lambda: server.calls)
        waiting = [
            asyncio.create_task(send_request(http, "GET", f"{server.url}waiting")) for _number in range(5)
        ]
        await asyncio.sleep(0)
        switch.is_on = False
        server.released.set()
        assert (await first).text == "answer"
        refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in refused] == [NotAllowed] * 5
    assert server.calls == ["/first"]


async def test_every_call_is_checked_and_frees_its_connection(server: HeldServer) -> None:
    """Also one that was refused, and one that was cancelled."""
    switch = Switch()
    server.released.set()
    async with new_http_client(connections=1, gate=switch.require_on) as http:
        for number in range(3):
            assert (await send_request(http, "GET", f"{server.url}{number}")).status_code == 200
        switch.is_on = False
        with pytest.raises(NotAllowed):
            await send_request(http, "GET", f"{server.url}refused")
        switch.is_on = True
        server.released.clear()
        cancelled = asyncio.create_task(send_request(http, "GET", f"{server.url}cancelled"))
        await until(lambda: "/cancelled" in server.calls)
        cancelled.cancel()
        server.released.set()
        assert (await send_request(http, "GET", f"{server.url}last")).status_code == 200
    assert switch.asked == len(server.calls) + 1


async def test_call_that_gets_no_connection_in_time_has_not_left(
    server: HeldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_http_client(connections=1) as http:
        first = asyncio.create_task(send_request(http, "GET", f"{server.url}first"))
        await until(lambda: server.calls)
        # Less than the first call may take to be answered.
        monkeypatch.setattr(http, "_wait", 0)
        with pytest.raises(NoResponse) as waited:
            await send_request(http, "GET", f"{server.url}second")
        assert not waited.value.may_have_arrived
        server.released.set()
        assert (await first).status_code == 200
    assert server.calls == ["/first"]


async def test_call_whose_connection_breaks_is_sent_once() -> None:
    """Also a PUT, which the library would send again: one of them makes TeamViewer send an SMS."""
    calls: list[str] = []

    async def answer_or_break(request: web.Request) -> web.Response:
        calls.append(request.path)
        if request.path == "/broken" and request.transport is not None:
            request.transport.abort()
        return web.Response(text="answer")

    app = web.Application()
    app.router.add_route("*", "/{name}", answer_or_break)
    async with TestServer(app) as running, new_http_client() as http:
        # The second call takes the connection of the first one. Only then the library would repeat it.
        await send_request(http, "PUT", str(running.make_url("/first")))
        with pytest.raises(NoResponse) as broken:
            await send_request(http, "PUT", str(running.make_url("/broken")))
    assert broken.value.may_have_arrived
    assert calls == ["/first", "/broken"]


async def test_redirect_is_not_followed_and_no_cookie_is_kept() -> None:
    cookies: list[str] = []

    async def redirect(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie", ""))
        return web.Response(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "a=b"})

    app = web.Application()
    app.router.add_get("/{name}", redirect)
    async with TestServer(app) as running, new_http_client() as http:
        url = str(running.make_url("/first"))
        assert [(await send_request(http, "GET", url)).status_code for _call in range(2)] == [302, 302]
    assert cookies == ["", ""]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "no address"])
async def test_call_that_reaches_nobody_has_not_left(url: str) -> None:
    async with new_http_client() as http:
        with pytest.raises(NoResponse) as unreached:
            await send_request(http, "POST", url)
    assert not unreached.value.may_have_arrived


async def test_text_that_is_not_in_its_encoding_is_read_as_far_as_it_can_be() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b"caf\xe9", headers={"Content-Type": "text/plain; charset=utf-8"})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as running, new_http_client() as http:
        response = await send_request(http, "GET", str(running.make_url("/")))
    assert response.text == "caf\ufffd"
