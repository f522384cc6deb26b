"""The texter, against a real HTTP gateway reached through Apprise."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from adapters.notify.gateway import read_gateway_url
from adapters.notify.texter import AppriseTexter
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.model.secret import Secret
from bot.ports import Texter
from sandbox.server import Server

PHONE = Secret("+33612345678")
TEXT = "Open on your phone: https://bot.test/join/j0in-token"


@dataclass
class Gateway:
    """An SMS gateway. It stores messages, then answers with ``status``, drops the connection, or waits."""

    url: str = ""
    status: int = 200
    hangs_up: bool = False
    hold: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[tuple[str, str]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        self.messages.append((request.match_info["to"], (await request.json())["message"]))
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.hangs_up:
            assert request.transport
            request.transport.abort()
        return web.Response(status=self.status, text="error=200.")

    def texter(self, extra: str = "") -> Texter:
        return AppriseTexter(Secret(f"{self.url}/sms/{{to}}{extra}"))


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/sms/{to}", gateway.serve)
    server = Server(app)
    gateway.url = (await server.start()).replace("http://", "json://user:t0ken@")
    yield gateway
    await server.stop()


async def test_sms_is_sent_to_the_number(gateway: Gateway) -> None:
    await gateway.texter().send(PHONE, TEXT)
    assert gateway.messages == [("+33612345678", TEXT)]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, Rejected),
        (429, Rejected),
        (408, OutcomeUnknown),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
async def test_gateway_error_maps_to_rejected_or_outcome_unknown(
    gateway: Gateway, status: int, error: type[BotError]
) -> None:
    gateway.status = status
    with pytest.raises(BotError) as caught:
        await gateway.texter("?retry=3&wait=0").send(PHONE, TEXT)
    assert type(caught.value) is error
    assert len(gateway.messages) == 1


async def test_dropped_connection_has_an_unknown_outcome_and_no_second_try(gateway: Gateway) -> None:
    gateway.hangs_up = True
    with pytest.raises(OutcomeUnknown):
        await gateway.texter("?retry=3&wait=0").send(PHONE, TEXT)
    assert len(gateway.messages) == 1


async def test_gateway_timeout_has_an_unknown_outcome(gateway: Gateway) -> None:
    gateway.hold = asyncio.Event()
    with pytest.raises(OutcomeUnknown):
        await gateway.texter("?rto=0.05").send(PHONE, TEXT)
    gateway.hold.set()
    assert len(gateway.messages) == 1


async def test_unreachable_gateway_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        texter = AppriseTexter(Secret(f"json://127.0.0.1:{closed.getsockname()[1]}/{{to}}"))
        with pytest.raises(Unavailable) as caught:
            await texter.send(PHONE, TEXT)
    assert type(caught.value) is Unavailable


async def test_slow_gateway_does_not_block_the_event_loop(gateway: Gateway) -> None:
    """The gateway runs on the same loop. If the loop were blocked, the message would never arrive."""
    gateway.hold = asyncio.Event()
    async with asyncio.timeout(15):
        sending = asyncio.create_task(gateway.texter().send(PHONE, TEXT))
        await gateway.arrived.wait()
        assert not sending.done()
        gateway.hold.set()
        await sending


@pytest.mark.parametrize(
    "url", ["nosuch://x/{to}", "json://", "json://127.0.0.1:9/no-place", "not a url {to}"]
)
async def test_invalid_gateway_url_is_refused(url: str) -> None:
    with pytest.raises(Rejected, match="address"):
        await AppriseTexter(Secret(url)).send(PHONE, TEXT)


async def test_texter_without_a_gateway_refuses_to_send() -> None:
    with pytest.raises(Rejected):
        await AppriseTexter(None).send(PHONE, TEXT)


def test_twilio_url_keeps_the_plus_of_the_number() -> None:
    service: Any = read_gateway_url(f"twilio://AC{'a' * 32}:{'b' * 32}@+14155550199/%2B33612345678?retry=5")
    assert [number for _mode, number in service.targets] == ["+33612345678"]
    assert service.retry == 0


class RecordingHandler(logging.Handler):
    """A handler that stores every record of the root logger, as an operator's own handler would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    root, handler = logging.getLogger(), RecordingHandler()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("status", [200, 400])
async def test_log_contains_no_number_text_or_token(
    gateway: Gateway, status: int, logged: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    gateway.status = status
    raised = ""
    try:
        await gateway.texter().send(PHONE, TEXT)
    except Rejected as error:
        raised = "".join(traceback.format_exception(error))
    logging.getLogger("bot").debug("the last line")
    output = capfd.readouterr()
    seen = "\n".join([raised, *logged, output.out, output.err])
    assert "sms handed over" in seen
    assert "the last line" in seen
    for secret in ("612345678", "j0in-token", "t0ken"):
        assert secret not in seen
