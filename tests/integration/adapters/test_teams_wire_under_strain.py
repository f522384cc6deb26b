"""What is slow, full or broken on one way does not hold up the others, nor make the bot say what it does not know."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from support.clock import Clock
from support.microsoft import CONVERSATION, microsoft
from support.teams_wire import Wire, wire_to

from adapters.teams import connector
from adapters.teams.connector import Connector, new_session
from adapters.teams.keys import SigningKeys
from adapters.teams.outbound import AGAIN_SECONDS
from bot.errors import OutcomeUnknown, Unavailable
from bot.model.secret import Secret

HELLO = {"type": "message", "text": "hello"}


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


async def test_a_connector_that_hangs_keeps_no_keys_waiting(clock: Clock) -> None:
    """However many messages hang there, others are still found genuine."""
    async with microsoft(clock) as hanging, microsoft(clock) as issuing, new_session() as session:
        hanging.gate = asyncio.Event()
        call = Connector(session, None)
        sent = [
            asyncio.create_task(call.send(hanging.service_url, f"a:{number}", HELLO))
            for number in range(connector.SIMULTANEOUS + 10)
        ]
        while len(hanging.calls) < connector.SIMULTANEOUS:
            hanging.arrived.clear()
            await hanging.arrived.wait()
        assert await SigningKeys(session, issuing.openid_url, clock).find("k1") is not None
        assert len(hanging.calls) == connector.SIMULTANEOUS
        hanging.gate.set()
        await asyncio.gather(*sent)


async def test_what_never_found_a_place_among_the_calls_was_surely_not_sent(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "SIMULTANEOUS", 1)
    monkeypatch.setattr(connector, "POOL_SECONDS", 0.5)
    async with microsoft(clock) as playing, new_session() as session:
        playing.gate = asyncio.Event()
        call = Connector(session, None)
        first = asyncio.create_task(call.send(playing.service_url, CONVERSATION, HELLO))
        await playing.arrived.wait()
        with pytest.raises(Unavailable) as away:
            await call.send(playing.service_url, "a:other", HELLO)
        assert not isinstance(away.value, OutcomeUnknown)
        playing.gate.set()
        assert await first == "m1"


async def test_a_token_that_cannot_be_renewed_is_not_tried_for_at_every_call(
    wire: Wire, clock: Clock
) -> None:
    """It still serves, for all who come, and a sign-in that hangs would hold each of them up."""
    await wire.tokens.token()
    for status, body in ((503, {}), (401, {"error": "invalid_client"})):
        wire.playing.token_answer = status, body
        clock.move(seconds=3300 if status == 503 else AGAIN_SECONDS)
        asked = len(wire.playing.token_requests)
        served = await asyncio.gather(*(wire.tokens.token() for _one in range(10)))
        served += [await wire.tokens.token() for _one in range(10)]
        assert set(served) == {Secret("token-1")}
        assert len(wire.playing.token_requests) == asked + 1
    wire.playing.token_answer = None
    clock.move(seconds=AGAIN_SECONDS)
    assert await wire.tokens.token() == Secret("token-4")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not compressed at all", 400),
        (gzip.compress(b" " * 8 * 1024 * 1024), 413),
    ],
)
async def test_a_body_that_is_badly_compressed_is_turned_away(wire: Wire, body: bytes, status: int) -> None:
    """Also one that is small on the wire and huge when unpacked."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with wire.client.post(wire.url, data=body, headers=headers) as answer:
        assert answer.status == status
    assert wire.turns == []
