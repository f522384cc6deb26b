"""Measure how long Slack waits for the answer to ``/tv create`` while TeamViewer takes 30 seconds.

    sh scripts/bench ack [--database URL] [--requests 200] [--connections 16] [--rate 10]

Two runs, each beside a bare aiohttp server that answers at once, measured by the same client in the same way:

- ``steady``: requests at a fixed rate, as people type them. What each of them waits is what Slack waits.
- ``burst``: 16 connections, each sending the next request when the last was answered, as fast as that goes.

The goal is a p50 of 5 ms and a p99 of 50 ms; the limit, after which people see an error, is 3 s.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from support.bot import BotProcess, settings_for
from support.ports import free_port
from support.slack_user import SlackUser

from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.slack import TEAM

LIMIT_SECONDS = 3.0
SLEEP_SECONDS = 30.0
Send = Callable[[int], Awaitable[None]]
Load = Callable[[Send], Awaitable[list[float]]]


async def _timed(send: Send, number: int, waited: list[float]) -> None:
    started = time.perf_counter()
    await send(number)
    waited.append(time.perf_counter() - started)


async def steady(send: Send, requests: int, rate: float) -> list[float]:
    """Send at a fixed rate, independent of the answers."""
    waited: list[float] = []
    tasks = []
    begun = time.perf_counter()
    for number in range(requests):
        await asyncio.sleep(max(begun + number / rate - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(_timed(send, number, waited)))
    await asyncio.gather(*tasks)
    return waited


async def burst(send: Send, requests: int, connections: int) -> list[float]:
    """Send on every connection as soon as its last answer has arrived."""
    waited: list[float] = []
    numbers = iter(range(requests))

    async def connection() -> None:
        for number in numbers:
            await _timed(send, number, waited)

    await asyncio.gather(*(connection() for _number in range(connections)))
    return waited


def _tell(name: str, waited: list[float]) -> tuple[float, float]:
    centiles = statistics.quantiles(waited, n=100)
    p50, p99 = centiles[49] * 1000, centiles[98] * 1000
    print(f"  {name:<22} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   slowest {max(waited) * 1000:7.1f} ms")
    return p50, p99


def _command(environment: Environment, slack_user: SlackUser, number: str) -> bytes:
    """Return a slash command as Slack sends it."""
    fields = {
        "team_id": TEAM,
        "channel_id": slack_user.channel,
        "user_id": slack_user.technician.user,
        "command": "/tv",
        "text": f"create {number}",
        "response_url": f"{environment.slack.state.origin}/response/none",
        "trigger_id": f"1.2.{number}",
    }
    return urlencode(fields).encode()


async def _peer() -> tuple[str, web.AppRunner]:
    """A server that only answers. It shows the cost of the client and of HTTP."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"response_type": "ephemeral", "text": "ok"})

    app = web.Application()
    app.router.add_post("/slack/events", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return f"http://127.0.0.1:{port}/slack/events", runner


async def measure(database: str | None, requests: int, connections: int, rate: float) -> int:
    """Run both loads against the bot and the bare server. Return the exit code."""
    environment = Environment()
    await environment.start()
    # Whatever ends the benchmark, its bot ends with it.
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = settings_for(environment, database or f"sqlite:///{folder}/tvbot.db")
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.kill)
        await bot.start()
        slack_user = SlackUser.new(environment)
        await slack_user.authorize()
        environment.teamviewer.faults.plan("sessions.create", Fault.SLOW, times=None, seconds=SLEEP_SECONDS)
        peer_url, peer = await _peer()
        slowest = 0.0
        others: list[str] = []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as client:
            loads: tuple[tuple[str, Load], ...] = (
                ("steady", lambda send: steady(send, requests, rate)),
                ("burst", lambda send: burst(send, requests, connections)),
            )
            for name, load in loads:
                numbers = [slack_user.new_request() for _number in range(requests)]

                async def to_bot(number: int, numbers: list[str] = numbers) -> None:
                    body = _command(environment, slack_user, numbers[number])
                    headers = environment.slack.sign(body) | {
                        "Content-Type": "application/x-www-form-urlencoded"
                    }
                    async with client.post(
                        environment.slack.events_url, data=body, headers=headers
                    ) as response:
                        answer = await response.text()
                    if "Creating a remote session" not in answer:
                        others.append(answer)

                async def to_peer(_number: int) -> None:
                    async with client.post(peer_url, data={"command": "/tv", "text": "create 101"}) as answer:
                        await answer.read()

                print(f"{name}: {requests} x /tv create, TeamViewer sleeping {SLEEP_SECONDS:.0f} s")
                bare, _p99 = _tell("bare aiohttp", await load(to_peer))
                waited = await load(to_bot)
                p50, _p99 = _tell("tvbot", waited)
                print(f"  {'ratio of the p50s':<22} {p50 / bare:.1f}")
                slowest = max(slowest, *waited)
        await peer.cleanup()
        await stack.aclose()
    await environment.stop()
    within = slowest < LIMIT_SECONDS
    print(f"every answer within {LIMIT_SECONDS:.0f} s: {'yes' if within else 'NO'}")
    return 0 if within else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database")
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--rate", type=float, default=10)
    given = options.parse_args()
    sys.exit(asyncio.run(measure(given.database, given.requests, given.connections, given.rate)))
