"""Measure how long the bot takes to be ready, and how much memory it needs while it has nothing to do.

    sh scripts/bench start [--times 5]

``tvbot serve`` with both chats, on an SQLite file that was migrated before: from the start of the process to the first answer of
``/readyz``, then the memory once the first rounds of the watch are over. The peer is Bolt on aiohttp as its manual shows it
(``answers_servers.py stock``), from its start to its first connection. ``--times`` starts are made, and the best counts:
the machine has other work.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from processes import memory_megabytes, processor_seconds, until_listening
from rows import AtMost, Peer, Row
from support.bot import settings_for
from support.ports import free_port

from sandbox.environment import Environment
from storage.database import Database
from storage.migrate import upgrade_schema

SERVERS = Path(__file__).parent / "answers_servers.py"
IDLE_SECONDS = 5.0
"""How long the bot is left alone before its memory is read."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until it is ready, processor seconds for it, and MB of memory when idle."""

    seconds: float
    cpu: float
    memory: float


async def _until_ready(port: int) -> None:
    """Ask ``/readyz`` over a bare socket: an HTTP client would cost more than the answer."""
    while True:
        await until_listening(port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")
        status = await reader.readline()
        writer.close()
        if b" 200 " in status:
            return
        await asyncio.sleep(0.01)  # another process tells nobody that it is ready


async def _start(arguments: list[str], settings: dict[str, str], *, is_bot: bool) -> Start:
    port = int(settings["TVBOT_PORT"])
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            await (_until_ready(port) if is_bot else until_listening(port))
        seconds, cpu = time.perf_counter() - begun, processor_seconds(process.pid)
        await asyncio.sleep(IDLE_SECONDS)
        return Start(seconds, cpu, memory_megabytes(process.pid))
    finally:
        process.terminate()
        await process.wait()


async def measure(times: int) -> tuple[Start, Start]:
    """Return the best start of the bot and the best one of the peer."""
    async with AsyncExitStack() as stack:
        environment = Environment()
        await environment.start()
        stack.push_async_callback(environment.stop)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        bots, peers = [], []
        database = f"sqlite:///{folder}/tvbot.db"
        upgrade_schema(Database(database))
        settings = settings_for(environment, database, TVBOT_POLL_SECONDS="15")
        for _time in range(times):
            settings["TVBOT_PORT"] = str(free_port())
            serve = ["-c", "from adapters.cli.main import run; run()", "serve"]
            bots.append(await _start(serve, settings, is_bot=True))
            settings["TVBOT_PORT"] = str(free_port())
            peers.append(await _start([str(SERVERS), "stock"], settings, is_bot=False))
    bot, peer = _best(bots), _best(peers)
    for name, start in (("tvbot", bot), ("Bolt", peer)):
        print(
            f"{name:<6} ready after {start.seconds:.2f} s, CPU {start.cpu:.2f} s, idle {start.memory:.0f} MB"
        )
    return bot, peer


def _best(starts: list[Start]) -> Start:
    return Start(
        *(min(values) for values in zip(*((one.seconds, one.cpu, one.memory) for one in starts), strict=True))
    )


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    bot, peer = await measure(5)
    return [
        Row(
            "start to ready", bot.seconds, "s", AtMost(1.0), Peer("stock Bolt", peer.seconds), bot.cpu * 1000
        ),
        Row(
            "memory idle, with both chats (PSS)",
            bot.memory,
            "MB",
            AtMost(120),
            Peer("stock Bolt", peer.memory),
        ),
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--times", type=int, default=5)
    asyncio.run(measure(options.parse_args().times))
