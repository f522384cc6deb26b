"""A new key of Microsoft is accepted at its first use, and strangers cannot make the bot fetch keys without limit."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from support.clock import Clock
from support.microsoft import ISSUER, microsoft, public_jwk
from support.teams_wire import Wire, wire_to

from adapters.teams.transport.jwks import FAILURE_BURST, SigningKeys
from bot.errors import Unavailable
from sandbox.server import Server

ELSEWHERE = "https://evil.example.com/"


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    """Serve the transport, with the keys fetched already."""
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        assert (await whole.post())[0] == 202
        yield whole


async def _forge(wire: Wire, kid: str, **claims: Any) -> None:
    """Send a token with right claims and an unknown key id."""
    token = wire.playing.sign("k9", headers={"kid": kid}, **claims)
    assert await wire.post(token=token) == (401, "")


async def test_new_key_is_accepted_right_after_a_forged_key_id(wire: Wire) -> None:
    """Also if the same forged id came several times."""
    for _time in range(5):
        await _forge(wire, "made-up")
    wire.playing.keys = {"k2": ["msteams"]}
    assert (await wire.post(token=wire.playing.sign("k2")))[0] == 202
    assert wire.playing.key_fetches == 3


async def test_unknown_key_ids_cause_one_fetch_in_five_minutes_and_one_more(wire: Wire, clock: Clock) -> None:
    for later, expected in ((0, 3), (5, 4), (5, 5), (10, 7)):
        clock.move(minutes=later)
        for number in range(20):
            await _forge(wire, f"{expected}-{number}")
        assert wire.playing.key_fetches == expected


async def test_many_unknown_key_ids_at_once_cause_no_more_fetches(wire: Wire) -> None:
    wire.playing.delay = 0.05
    await asyncio.gather(*(_forge(wire, f"x{number}") for number in range(30)))
    assert wire.playing.key_fetches == 3


async def test_forged_key_ids_delay_a_new_key_by_five_minutes_at_most(wire: Wire, clock: Clock) -> None:
    for number in range(20):
        await _forge(wire, f"x{number}")
    wire.playing.keys = {"k2": ["msteams"]}
    assert await wire.post(token=wire.playing.sign("k2")) == (401, "")
    clock.move(minutes=5)
    await _forge(wire, "one more")
    assert (await wire.post(token=wire.playing.sign("k2")))[0] == 202
    assert wire.playing.key_fetches == 4


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-bot"},
        {"iss": "https://evil.example.com"},
        {"serviceurl": ELSEWHERE},
        {"serviceurl": None},
        {"exp": 1_700_000_000},
        {"nbf": 4_000_000_000},
    ],
)
async def test_token_with_wrong_claims_causes_no_fetch(clock: Clock, claims: dict[str, Any]) -> None:
    """Not even the first fetch."""
    async with microsoft(clock) as playing, wire_to(playing) as wire:
        await _forge(wire, "made-up", **claims)
        stranger = playing.activity(channelData={"tenant": {"id": "another"}})
        assert await wire.post(stranger, playing.sign("k9")) == (401, "")
        assert playing.key_fetches == 0


class Publisher:
    """Publishes keys. ``hold`` delays a response that is already written."""

    def __init__(self) -> None:
        self.kids = ["k1"]
        self.fetches = 0
        self.is_down = False
        self.written = asyncio.Event()
        self.hold: asyncio.Event | None = None
        app = web.Application()
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        self.server = Server(app)

    async def _openid(self, _request: web.Request) -> web.Response:
        self.fetches += 1
        if self.is_down:
            return web.Response(status=502)
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.server.url}/keys"})

    async def _keys(self, _request: web.Request) -> web.Response:
        answer = web.json_response({"keys": [public_jwk(kid, ["msteams"]) for kid in self.kids]})
        self.written.set()
        if self.hold is not None:
            await self.hold.wait()
        return answer


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    publisher = Publisher()
    await publisher.server.start()
    yield publisher
    await publisher.server.stop()


@pytest.fixture
async def keys(publisher: Publisher, clock: Clock) -> AsyncIterator[SigningKeys]:
    async with ClientSession() as session:
        yield SigningKeys(session, f"{publisher.server.url}/openid", clock)


async def test_key_published_during_a_fetch_is_found(publisher: Publisher, keys: SigningKeys) -> None:
    """The response to that fetch may have been written before the key was published."""
    await keys.find_key("k1")
    publisher.written.clear()
    publisher.hold = asyncio.Event()
    forged = asyncio.create_task(keys.find_key("made-up"))
    await publisher.written.wait()
    publisher.kids.append("k2")
    genuine = asyncio.create_task(keys.find_key("k2"))
    await asyncio.sleep(0)
    publisher.hold.set()
    assert await forged is None
    assert (await genuine) is not None
    assert publisher.fetches == 3


async def test_failed_fetches_are_not_repeated_at_every_request(
    publisher: Publisher, keys: SigningKeys, clock: Clock
) -> None:
    """Neither before the first fetch succeeds, nor for unknown ids. Known keys stay valid."""
    publisher.is_down = True
    for expected in (FAILURE_BURST, FAILURE_BURST + 1):
        for _time in range(10):
            with pytest.raises(Unavailable):
                await keys.find_key("k1")
        assert publisher.fetches == expected
        clock.move(minutes=1)
    publisher.is_down = False
    assert await keys.find_key("k1") is not None
    publisher.is_down = True
    clock.move(hours=30)
    for _time in range(10):
        with pytest.raises(Unavailable):
            await keys.find_key("k2")
        assert await keys.find_key("k1") is not None
    assert publisher.fetches == 1 + 2 * FAILURE_BURST + 1


async def test_short_failure_does_not_delay_a_new_key(publisher: Publisher, keys: SigningKeys) -> None:
    await keys.find_key("k1")
    publisher.kids = ["k2"]
    publisher.is_down = True
    with pytest.raises(Unavailable):
        await keys.find_key("k2")
    publisher.is_down = False
    assert await keys.find_key("k2") is not None
