"""Slow, silent and too many senders: none of them makes the bot unreachable for a sender who proves who they are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from support.forgeries import close

from adapters.web.connections import ConnectionLimits, trust_connection
from adapters.web.server import WebServer, new_application
from bot.values import replace

PATIENT = 30.0
"""In seconds. No deadline of this length ends during a test."""
HALF_A_HEAD = b"POST /slack/events HTTP/1.1\r\nHost: bot.example\r\nContent-Le"
HALF_A_BODY = b"POST /echo HTTP/1.1\r\nHost: bot.example\r\nContent-Length: 100\r\n\r\nhalf"
WHOLE = b"GET /hello HTTP/1.1\r\nHost: bot.example\r\n\r\n"
SIGNED = b"GET /signed HTTP/1.1\r\nHost: bot.example\r\n\r\n"


class Sender:
    """A raw connection to the bot."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, written: bytes) -> None:
        self.writer.write(written)
        await self.writer.drain()

    async def read_answer(self) -> bytes:
        """Return an answer up to the end of its head."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def read_to_the_end(self) -> bytes:
        """Return everything until the bot closes the connection."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""

    async def ask(self, written: bytes) -> bytes:
        """Send a request, and return the first line of its answer."""
        await self.send(written)
        head = await self.read_answer()
        await self.reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        return head.split(b"\r\n")[0]


class Site:
    """The web server with three routes, and its senders."""

    def __init__(self, server: WebServer, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack

    async def connect(self) -> Sender:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self._stack.push_async_callback(close, writer)
        return Sender(reader, writer)

    def hurry(self, **limits: float) -> None:
        """Set deadlines from now on. So what a test does before them has all the time that a slow machine needs."""
        connections = self.server.connections
        connections.limits = replace(connections.limits, **limits)  # type: ignore[arg-type]  # two of them are whole

    async def until_connected(self, number: int) -> None:
        """Wait until the bot knows of as many connections. There is no event of another side's accepting."""
        await until(lambda: len(self.server.connections) == number)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def site_with(**limits: float) -> AsyncIterator[Site]:
    """Serve with these limits, and with patience otherwise."""
    patient = {"head_seconds": PATIENT, "body_seconds": PATIENT, "idle_seconds": PATIENT}
    app = new_application()
    app.router.add_get("/hello", _hello)
    app.router.add_get("/signed", _signed)
    app.router.add_post("/echo", _echo)
    server = WebServer(app, "127.0.0.1", 0, ConnectionLimits(**{**patient, **limits}))  # type: ignore[arg-type]  # two of them are whole
    await server.start()
    async with AsyncExitStack() as stack:
        try:
            yield Site(server, stack)
        finally:
            await server.stop()


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _signed(request: web.Request) -> web.Response:
    """Stand for a route whose sender signed the request."""
    trust_connection(request)
    return web.Response(text="signed")


async def _echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def test_head_that_never_ends_is_closed_after_its_deadline() -> None:
    async with site_with(head_seconds=0.2) as site:
        slow = await site.connect()
        await slow.send(HALF_A_HEAD)
        assert (await slow.read_to_the_end()).startswith(b"HTTP/1.1 408 ")
        silent = await site.connect()
        assert (await silent.read_to_the_end()).startswith(b"HTTP/1.1 408 ")
        await site.until_connected(0)


async def test_head_that_trickles_does_not_move_its_deadline() -> None:
    async with site_with(head_seconds=0.3) as site:
        slow = await site.connect()
        ended = asyncio.create_task(slow.read_to_the_end())
        for byte in HALF_A_HEAD * 1000:
            if ended.done():
                break
            await slow.send(bytes([byte]))
            await asyncio.sleep(0.01)
        # A reset, which answers what is sent after the end, may take the 408 along.
        assert (await ended)[:13] in {b"HTTP/1.1 408 ", b""}
        await site.until_connected(0)


async def test_head_of_a_later_request_has_a_deadline_too() -> None:
    async with site_with() as site:
        sender = await site.connect()
        assert await sender.ask(WHOLE) == b"HTTP/1.1 200 OK"
        site.hurry(head_seconds=0.2)
        await sender.send(HALF_A_HEAD)
        assert (await sender.read_to_the_end()).startswith(b"HTTP/1.1 408 ")


async def test_idle_connection_outlives_the_deadline_of_a_head() -> None:
    async with site_with(head_seconds=2) as site:
        idle, silent = await site.connect(), await site.connect()
        assert await idle.ask(WHOLE) == b"HTTP/1.1 200 OK"
        await silent.read_to_the_end()  # by now the deadline is over
        assert await idle.ask(WHOLE) == b"HTTP/1.1 200 OK"


async def test_idle_connection_is_closed_at_last() -> None:
    async with site_with(idle_seconds=2) as site:
        idle = await site.connect()
        assert await idle.ask(WHOLE) == b"HTTP/1.1 200 OK"
        assert await idle.read_to_the_end() == b""


@pytest.mark.parametrize(
    "half",
    [HALF_A_BODY, HALF_A_BODY.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked") + b"\r\n"],
    ids=["length", "chunks"],
)
async def test_body_that_never_ends_is_closed_after_its_deadline(
    half: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async with site_with(body_seconds=0.2) as site:
        slow = await site.connect()
        await slow.send(half)
        await slow.read_to_the_end()
        await site.until_connected(0)
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err


async def test_whole_body_is_answered_and_has_no_deadline_left() -> None:
    async with site_with(body_seconds=2) as site:
        sender, slow = await site.connect(), await site.connect()
        await sender.send(HALF_A_BODY)
        assert await sender.ask(b"x" * 96) == b"HTTP/1.1 200 OK"
        await slow.send(HALF_A_BODY)
        await slow.read_to_the_end()  # by now the deadline is over
        assert await sender.ask(WHOLE) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("half", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "head", "body"])
async def test_new_sender_is_served_whatever_number_of_slow_ones_is_connected(half: bytes) -> None:
    """The oldest slow one makes room."""
    async with site_with(strangers=20) as site:
        slow = [await site.connect() for _number in range(60)]
        for one in slow:
            try:
                await one.send(half)
            except ConnectionError:
                continue  # its place is somebody else's by now
        await until(lambda: len(site.server.connections) <= 20)
        newest = await site.connect()
        assert await newest.ask(WHOLE) == b"HTTP/1.1 200 OK"
        assert await slow[0].read_to_the_end() == b""
        assert len(site.server.connections) <= 20


async def test_sender_who_proved_who_they_are_keeps_the_connection() -> None:
    """Strangers have no way into the reserve, and no number of them takes it away."""
    async with site_with(strangers=5, trusted=2) as site:
        trusted, unknown = await site.connect(), await site.connect()
        assert await trusted.ask(SIGNED) == b"HTTP/1.1 200 OK"
        assert await unknown.ask(WHOLE) == b"HTTP/1.1 200 OK"
        for _number in range(20):
            await (await site.connect()).send(HALF_A_HEAD)
        await site.until_connected(6)
        assert await trusted.ask(WHOLE) == b"HTTP/1.1 200 OK"
        assert await unknown.read_to_the_end() == b""


async def test_reserve_is_limited_too() -> None:
    """Whoever proved it longest ago is a stranger again."""
    async with site_with(strangers=5, trusted=2) as site:
        senders = [await site.connect() for _number in range(4)]
        for one in senders:
            assert await one.ask(SIGNED) == b"HTTP/1.1 200 OK"
        for _number in range(20):
            await (await site.connect()).send(HALF_A_HEAD)
        await site.until_connected(7)
        assert [await one.read_to_the_end() for one in senders[:2]] == [b"", b""]
        assert [await one.ask(WHOLE) for one in senders[2:]] == [b"HTTP/1.1 200 OK"] * 2


async def test_flood_of_bad_requests_costs_a_few_lines_of_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each kind is logged once a minute, without tracebacks."""
    async with site_with(strangers=20) as site:
        for number in range(100):
            sender = await site.connect()
            await sender.send(HALF_A_HEAD if number % 2 else b"GET /\x01 HTTP/1.1\r\nbad\r\n\r\n")
        await until(lambda: len(site.server.connections) <= 20)
    shown = capfd.readouterr()
    lines = [*shown.out.splitlines(), *shown.err.splitlines(), *caplog.text.splitlines()]
    assert any("malformed request" in line for line in lines)
    assert any("connection closed" in line for line in lines)
    assert len(lines) < 10


async def test_stopped_server_accepts_no_connection() -> None:
    async with site_with() as site, ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{site.server.port}/hello") as answer:
            assert await answer.text() == "hello"
        await site.server.stop()
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset
            await site.connect()
