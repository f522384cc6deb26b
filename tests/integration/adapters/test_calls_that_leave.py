"""Every client knows whether its call has left: by the HTTP client, by aiohttp, by SMTP and by the SMS gateway."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession

from adapters.calls import CheckCall, trace_calls
from adapters.http import new_http_client, send_request
from adapters.notify.mailer import SmtpMailer
from adapters.notify.texter import AppriseTexter
from bot.attempts import attempting
from bot.model.secret import Secret
from bot.ports import Mail

MAIL = Mail("ann@example.test", "Subject", "Text", "<p>Text</p>", "<ab12@tvbot>")
Send = Callable[[int, CheckCall], Awaitable[object]]
"""Makes a call to a port of this machine."""


@dataclass
class SilentServer:
    """A server that greets as a mail server does, accepts every command, and never answers to HTTP or to a mail's text."""

    port: int = 0
    received: bytes = b""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a whole request is there, or the first command about a mail."""
    greets: bool = False
    """Whether it speaks SMTP."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.greets:
            writer.write(b"220 ready\r\n")
        with suppress(ConnectionError):
            while received := await reader.read(4096):
                self.received += received
                is_whole = self.received.startswith(b"GET") or b"length: 0" in self.received.lower()
                if is_whole or b"hello" in self.received or b"MAIL FROM" in self.received:
                    self.arrived.set()
                elif self.greets:
                    writer.write(b"250 fine\r\n")
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[SilentServer]:
    silent = SilentServer()
    listener = await asyncio.start_server(silent.serve, "127.0.0.1", 0)
    silent.port = listener.sockets[0].getsockname()[1]
    yield silent
    listener.close()


async def send_by_client(port: int, check: CheckCall) -> None:
    async with new_http_client(check_call=check) as http:
        await send_request(http, "POST", f"http://127.0.0.1:{port}/sms", json={"text": "hello"})


async def send_by_aiohttp(port: int, check: CheckCall) -> None:
    async with ClientSession(trace_configs=[trace_calls(check)]) as session:
        await session.post(f"http://127.0.0.1:{port}/sms", json={"text": "hello"})


async def send_by_smtp(port: int, check: CheckCall) -> None:
    await SmtpMailer(f"smtp://127.0.0.1:{port}?starttls=0", "desk@example.test", check).send(MAIL)


async def send_by_gateway(port: int, check: CheckCall) -> None:
    url = Secret(f"json://127.0.0.1:{port}/sms/{{to}}?rto=2")
    await AppriseTexter(url, check).send(Secret("+33612345678"), "hello")


CLIENTS = pytest.mark.parametrize("send", [send_by_client, send_by_aiohttp, send_by_smtp, send_by_gateway])


class StopsWhileItWaits:
    """The check of a process that is asked to stop when a call has begun, and waits for its connection."""

    def __init__(self) -> None:
        self._has_begun = False

    def __call__(self) -> None:
        if self._has_begun:
            raise asyncio.CancelledError
        self._has_begun = True


def attempt(marks: set[str], send: Awaitable[object]) -> "asyncio.Task[None]":
    """Start an attempt at a call."""

    async def mark() -> bool:
        marks.add("mark")
        return False

    async def take_back() -> None:
        marks.discard("mark")

    async def run() -> None:
        async with attempting(mark, take_back):
            await send

    return asyncio.create_task(run())


@CLIENTS
async def test_call_that_waits_for_its_connection_when_the_process_stops_never_leaves(
    server: SilentServer, send: Send
) -> None:
    server.greets = send is send_by_smtp
    marks = set[str]()
    task = attempt(marks, send(server.port, StopsWhileItWaits()))
    await asyncio.wait({task})
    assert (task.cancelled(), marks) == (True, set())
    assert b"hello" not in server.received
    assert b"MAIL" not in server.received


@CLIENTS
async def test_call_that_arrived_keeps_its_mark_when_it_is_cut_short(
    server: SilentServer, send: Send
) -> None:
    server.greets = send is send_by_smtp
    marks = set[str]()
    task = attempt(marks, send(server.port, lambda: None))
    await server.arrived.wait()
    task.cancel()
    await asyncio.wait({task})
    assert (task.cancelled(), marks) == (True, {"mark"})


async def test_call_without_a_body_has_left_with_its_head(server: SilentServer) -> None:
    async def send() -> None:
        async with new_http_client() as http:
            await send_request(http, "POST", f"http://127.0.0.1:{server.port}/revoke")

    marks = set[str]()
    task = attempt(marks, send())
    await server.arrived.wait()
    task.cancel()
    await asyncio.wait({task})
    assert (task.cancelled(), marks) == (True, {"mark"})


async def test_reading_call_of_an_attempt_is_not_the_call_that_counts(server: SilentServer) -> None:
    """A look for an earlier reply, for example: it changes nothing, so the reply itself has not left."""
    marks = set[str]()

    async def read() -> None:
        async with new_http_client() as http:
            await send_request(http, "GET", f"http://127.0.0.1:{server.port}/conversations")

    task = attempt(marks, read())
    await server.arrived.wait()
    task.cancel()
    await asyncio.wait({task})
    assert (task.cancelled(), marks) == (True, set())
