"""Without credentials Teams is served to this machine alone, whatever a proxy or a web page sends from it."""

import json
from collections.abc import AsyncIterator

import pytest
from multidict import CIMultiDict
from support.clock import Clock
from support.microsoft import microsoft
from support.teams_wire import Wire, wire_to


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    """The transport of Teams with ``TEAMS_ALLOW_ANONYMOUS``."""
    async with microsoft(clock) as playing, wire_to(playing, anonymous=True) as whole:
        yield whole


async def post(wire: Wire, *headers: tuple[str, str]) -> int:
    """Post an activity without a token. Return the status."""
    sent = CIMultiDict([("Content-Type", "application/json"), *headers])
    body = json.dumps(wire.playing.activity()).encode()
    async with wire.client.post(wire.url, data=body, headers=sent) as answer:
        assert await answer.text() == ""
        return answer.status


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:3978", "localhost", "LOCALHOST:80", "[::1]:3978", "127.8.9.1"]
)
async def test_tool_on_this_machine_is_served(wire: Wire, host: str) -> None:
    assert await post(wire, ("Host", host), ("User-Agent", "tool")) == 202


@pytest.mark.parametrize(
    "host",
    [
        "bot.example.com",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "evil.example@127.0.0.1",
        "10.0.0.1",
        "0.0.0.0",
        "[",
        "127.0.0.1/x",
        "127.0.0.1:x",
        "",
    ],
)
async def test_foreign_host_is_refused(wire: Wire, host: str) -> None:
    """A tunnel, a proxy that keeps the name, or a web page whose name resolves to this machine."""
    assert await post(wire, ("Host", host)) == 403
    assert wire.bot.turns == []


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Server",
        "X-Forwarded",
        "X-Real-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Original-Host",
        "X-Original-Forwarded-For",
        "X-Envoy-External-Address",
        "X-Azure-ClientIP",
        "X-ARR-LOG-ID",
        "X-Amzn-Trace-Id",
        "True-Client-IP",
        "CF-Connecting-IP",
        "CF-Ray",
        "CDN-Loop",
        "Fastly-Client-IP",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", ""])
async def test_forwarded_request_is_refused(wire: Wire, header: str, value: str) -> None:
    """Each proxy shows itself in its own way. That the header is there is enough, whatever it says."""
    assert await post(wire, (header, value)) == 403
    assert wire.bot.turns == []


async def test_with_credentials_a_proxy_is_welcome(clock: Clock) -> None:
    async with microsoft(clock) as playing, wire_to(playing) as wire:
        token = ("Authorization", f"Bearer {playing.sign()}")
        assert await post(wire, ("Host", "bot.example.com"), ("X-Forwarded-For", "1.2.3.4"), token) == 202
