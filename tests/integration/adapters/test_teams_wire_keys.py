"""A new key of Microsoft's is good at its first use, and no stranger makes the bot fetch keys as often as they like."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from support.clock import Clock
from support.microsoft import ISSUER, microsoft, public_jwk
from support.teams_wire import Wire, wire_to

from adapters.teams.keys import FAILED_AT_ONCE, SigningKeys
from bot.errors import Unavailable
from sandbox.server import Server

ELSEWHERE = "https://evil.example.com/"


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    """A wire that has its keys."""
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        assert (await whole.post())[0] == 202
        yield whole


async def _forge(wire: Wire, kid: str, **claims: Any) -> None:
    """Show a token that is right in everything but its key, which somebody made up."""
    token = wire.playing.sign("k9", headers={"kid": kid}, **claims)
    assert await wire.post(token=token) == (401, "")


async def test_a_rotated_key_is_good_at_its_first_use_right_after_a_forgery(wire: Wire) -> None:
    """Also where the forger tried the same again and again."""
    for _time in range(5):
        await _forge(wire, "made-up")
    wire.playing.keys = {"k2": ["msteams"]}
    assert (await wire.post(token=wire.playing.sign("k2")))[0] == 202
    assert wire.playing.key_fetches == 3


async def test_made_up_keys_cause_a_fetch_in_five_minutes_and_one_in_reserve(
    wire: Wire, clock: Clock
) -> None:
    for later, expected in ((0, 3), (5, 4), (5, 5), (10, 7)):
        clock.move(minutes=later)
        for number in range(20):
            await _forge(wire, f"{expected}-{number}")
        assert wire.playing.key_fetches == expected


async def test_made_up_keys_all_at_once_cause_no_more(wire: Wire) -> None:
    wire.playing.delay = 0.05
    await asyncio.gather(*(_forge(wire, f"x{number}") for number in range(30)))
    assert wire.playing.key_fetches == 3


async def test_a_forger_holds_a_new_key_up_for_five_minutes_at_most(wire: Wire, clock: Clock) -> None:
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
async def test_a_token_that_is_wrong_anyway_causes_no_fetch(clock: Clock, claims: dict[str, Any]) -> None:
    """Not even the first one."""
    async with microsoft(clock) as playing, wire_to(playing) as wire:
        await _forge(wire, "made-up", **claims)
        stranger = playing.activity(channelData={"tenant": {"id": "another"}})
        assert await wire.post(stranger, playing.sign("k9")) == (401, "")
        assert playing.key_fetches == 0


class Publisher:
    """Publishes keys; ``hold`` keeps an answer back that is already written."""

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


async def test_a_key_that_is_published_while_a_fetch_is_under_way_is_found(
    publisher: Publisher, keys: SigningKeys
) -> None:
    """The answer to that fetch may have been written before."""
    await keys.find("k1")
    publisher.written.clear()
    publisher.hold = asyncio.Event()
    forged = asyncio.create_task(keys.find("made-up"))
    await publisher.written.wait()
    publisher.kids.append("k2")
    genuine = asyncio.create_task(keys.find("k2"))
    await asyncio.sleep(0)
    publisher.hold.set()
    assert await forged is None
    assert (await genuine) is not None
    assert publisher.fetches == 3


async def test_keys_that_cannot_be_had_are_not_asked_for_at_every_request(
    publisher: Publisher, keys: SigningKeys, clock: Clock
) -> None:
    """Not while there are none yet, and not for unknown ids; what is known goes on being good."""
    publisher.is_down = True
    for expected in (FAILED_AT_ONCE, FAILED_AT_ONCE + 1):
        for _time in range(10):
            with pytest.raises(Unavailable):
                await keys.find("k1")
        assert publisher.fetches == expected
        clock.move(minutes=1)
    publisher.is_down = False
    assert await keys.find("k1") is not None
    publisher.is_down = True
    clock.move(hours=30)
    for _time in range(10):
        with pytest.raises(Unavailable):
            await keys.find("k2")
        assert await keys.find("k1") is not None
    assert publisher.fetches == 1 + 2 * FAILED_AT_ONCE + 1


async def test_a_short_failure_holds_no_new_key_up(publisher: Publisher, keys: SigningKeys) -> None:
    await keys.find("k1")
    publisher.kids = ["k2"]
    publisher.is_down = True
    with pytest.raises(Unavailable):
        await keys.find("k2")
    publisher.is_down = False
    assert await keys.find("k2") is not None
