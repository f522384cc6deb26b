"""A body is refused from its limit on, also where it does not say how large it is."""

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.bot import HOOK_SECRET, RunningBot

from adapters.teams.transport.route import MAX_BODY_BYTES
from adapters.web import enter, join
from adapters.web.hooks import LARGEST_HOOK_BODY
from adapters.web.server import LARGEST_BODY
from bot.model.ids import new_join_token

LIMITS = {
    "/slack/events": LARGEST_BODY,
    "/api/messages": MAX_BODY_BYTES,
    "/hooks/servicedesk": LARGEST_HOOK_BODY,
    "/oauth/teamviewer/confirm": LARGEST_BODY,
    "/join/{token}/rating": join.LARGEST_FORM,
    "/enter/{token}": enter.LARGEST_FORM,
}
TYPES = {"/api/messages": "application/json"}


async def _in_chunks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 4096):
        yield b" " * min(4096, size - start)


def test_every_route_that_takes_a_body_has_a_limit(bot: RunningBot) -> None:
    assert bot.bot.server is not None
    routes = bot.bot.server._runner.app.router.routes()
    assert {one.resource.canonical for one in routes if one.method == "POST" and one.resource} == set(LIMITS)


@pytest.mark.parametrize("path", LIMITS)
@pytest.mark.parametrize("in_chunks", [True, False], ids=["in chunks", "in one"])
async def test_body_over_the_limit_gets_413(path: str, in_chunks: bool, bot: RunningBot) -> None:  # noqa: FBT001 - a parameter of the test
    size = LIMITS[path] + 4096
    body = _in_chunks(size) if in_chunks else io.BytesIO(b" " * size)
    headers = {
        "X-TVBot-Secret": HOOK_SECRET,
        "Content-Type": TYPES.get(path, "application/x-www-form-urlencoded"),
    }
    url = f"{bot.bot.settings.public_url}{path}".replace("{token}", new_join_token())
    async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as answer:
        assert answer.status == 413


async def test_hook_that_is_not_compressed_as_it_says_gets_400(bot: RunningBot) -> None:
    headers = {"X-TVBot-Secret": HOOK_SECRET, "Content-Encoding": "gzip"}
    url = f"{bot.bot.settings.public_url}/hooks/servicedesk"
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, data=b"no gzip", headers=headers) as answer,
    ):
        assert answer.status == 400
