"""A slow or broken outside system does not delay calls to the others."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from support.clock import Clock
from support.microsoft import CONVERSATION, microsoft
from support.teams_wire import Wire, wire_to

from adapters.teams.transport import connector
from adapters.teams.transport.bot_token import RETRY_SECONDS
from adapters.teams.transport.connector import Connector, new_http_session
from adapters.teams.transport.jwks import SigningKeys
from bot.errors import OutcomeUnknown, Unavailable
from bot.model.secret import Secret

HELLO = {"type": "message", "text": "hello"}


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


async def test_hanging_connector_does_not_block_the_fetch_of_keys(clock: Clock) -> None:
    """Senders are verified while messages to the connector hang."""
    async with microsoft(clock) as hanging, microsoft(clock) as issuing, new_http_session() as session:
        hanging.gate = asyncio.Event()
        call = Connector(session, None)
        sent = [
            asyncio.create_task(call.send_activity(hanging.service_url, f"a:{number}", HELLO))
            for number in range(connector.MAX_CONNECTIONS_PER_HOST + 10)
        ]
        while len(hanging.calls) < connector.MAX_CONNECTIONS_PER_HOST:
            hanging.arrived.clear()
            await hanging.arrived.wait()
        assert await SigningKeys(session, issuing.openid_url, clock).find_key("k1") is not None
        assert len(hanging.calls) == connector.MAX_CONNECTIONS_PER_HOST
        hanging.gate.set()
        await asyncio.gather(*sent)


async def test_call_that_gets_no_connection_raises_unavailable(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "MAX_CONNECTIONS_PER_HOST", 1)
    monkeypatch.setattr(connector, "ACQUIRE_CONNECTION_SECONDS", 0.5)
    async with microsoft(clock) as playing, new_http_session() as session:
        playing.gate = asyncio.Event()
        call = Connector(session, None)
        first = asyncio.create_task(call.send_activity(playing.service_url, CONVERSATION, HELLO))
        await playing.arrived.wait()
        with pytest.raises(Unavailable) as away:
            await call.send_activity(playing.service_url, "a:other", HELLO)
        assert not isinstance(away.value, OutcomeUnknown)
        playing.gate.set()
        assert await first == "m1"


async def test_failed_renewal_is_not_repeated_at_every_call(wire: Wire, clock: Clock) -> None:
    """The old token is still valid, and each call would wait for a sign-in that hangs."""
    await wire.tokens.token()
    for status, body in ((503, {}), (401, {"error": "invalid_client"})):
        wire.playing.token_answer = status, body
        clock.move(seconds=3300 if status == 503 else RETRY_SECONDS)
        asked = len(wire.playing.token_requests)
        served = await asyncio.gather(*(wire.tokens.token() for _one in range(10)))
        served += [await wire.tokens.token() for _one in range(10)]
        assert set(served) == {Secret("token-1")}
        assert len(wire.playing.token_requests) == asked + 1
    wire.playing.token_answer = None
    clock.move(seconds=RETRY_SECONDS)
    assert await wire.tokens.token() == Secret("token-4")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not compressed at all", 400),
        (gzip.compress(b" " * 8 * 1024 * 1024), 413),
    ],
)
async def test_badly_compressed_body_is_refused(wire: Wire, body: bytes, status: int) -> None:
    """Also a small body that is huge when decompressed."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with wire.client.post(wire.url, data=body, headers=headers) as answer:
        assert answer.status == status
    assert wire.bot.turns == []
