"""How many turns of Teams one core carries, and what a turn costs, beside botbuilder's own adapter.

    sh scripts/bench teams [--turns 3000] [--connections 16]

Two loads against two servers (``benchmarks/teams_servers.py``), each server a process on a core of its own:

- ``invoke``: a card's button, answered in the same request with a card of 2 KB.
- ``echo``: a message, answered by one that goes out through the connector.

Both loads carry signed tokens that are checked. The goal is 800 invokes a second on one core and 1.2 ms of its time
for each.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.microsoft import Microsoft, microsoft

GOAL_TURNS = 800
GOAL_MILLISECONDS = 1.2
WARM_UP = 200
KINDS = ("tvbot", "stock")


class Server:
    """A server under load, spoken to over bare sockets: a client that does more would be measured as well."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def cpu(self) -> float:
        """Return the seconds of processor time it has used so far."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /cpu HTTP/1.1\r\nHost: bot\r\n\r\n")
        _status, body = await _answer(reader)
        writer.close()
        return float(body)

    async def load(self, requests: list[bytes], connections: int) -> float:
        """Send the requests, one after another on each connection; returns the seconds it took."""
        left = iter(requests)

        async def connection() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            for request in left:
                writer.write(request)
                status, body = await _answer(reader)
                if status not in {200, 201, 202}:
                    raise RuntimeError(f"answered {status}: {body[:200]!r}")
            writer.close()

        started = time.perf_counter()
        await asyncio.gather(*(connection() for _number in range(connections)))
        return time.perf_counter() - started


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    return int(head[9:12]), await reader.readexactly(length)


def _request(activity: dict[str, Any], token: str) -> bytes:
    body = json.dumps(activity).encode()
    head = (
        "POST /api/messages HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _requests(playing: Microsoft, load: str, turns: int, token: str) -> list[bytes]:
    """Turns in a hundred conversations, each with an id of its own."""
    value = {
        "action": {"type": "Action.Execute", "verb": "end", "data": {"session": "s1"}},
        "trigger": "manual",
    }
    invoke = {"type": "invoke", "name": "adaptiveCard/action", "value": value, "text": None}
    made = []
    for number in range(turns):
        activity = playing.activity(id=f"17000{number}", **(invoke if load == "invoke" else {}))
        activity["conversation"]["id"] = f"19:conversation{number % 100}@thread.tacv2"
        made.append(_request(activity, token))
    return made


@asynccontextmanager
async def _server(kind: str, origin: str, core: int | None) -> AsyncIterator[Server]:
    pinned = [] if core is None else ["--core", str(core)]
    script = str(Path(__file__).with_name("teams_servers.py"))
    process = await create_subprocess_exec(
        sys.executable, script, kind, origin, *pinned, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Server(int(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


def _cores() -> tuple[int | None, str]:
    """Keep this process off one core, where there are two; returns that core."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1:
        return None, "not pinned: the load shares the server's core"
    *ours, servers = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, ours)
    return servers, f"the server alone on core {servers}"


async def measure(turns: int, connections: int) -> int:
    """Run both loads against both servers; returns the exit code."""
    core, how = _cores()
    print(f"{turns} turns on {connections} connections, {how}")
    measured: dict[tuple[str, str], tuple[float, float]] = {}
    async with microsoft(lambda: datetime.now(UTC)) as playing:
        token = playing.sign()
        for kind in KINDS:
            async with _server(kind, playing.server.url, core) as server:
                for load in ("invoke", "echo"):
                    requests = _requests(playing, load, turns, token)
                    await server.load(requests[:WARM_UP], connections)
                    before = await server.cpu()
                    seconds = await server.load(requests, connections)
                    used = await server.cpu() - before
                    measured[load, kind] = turns / seconds, used / turns * 1000
    for load in ("invoke", "echo"):
        print(load)
        for kind in KINDS:
            rate, cost = measured[load, kind]
            print(f"  {kind:<8} {rate:7.0f} turns/s   {cost:6.2f} ms of processor time a turn")
        (rate, cost), (peer_rate, peer_cost) = (measured[load, kind] for kind in KINDS)
        print(f"  {'ratio':<8} {rate / peer_rate:7.1f} x         {peer_cost / cost:6.1f} x")
    rate, cost = measured["invoke", "tvbot"]
    met = rate >= GOAL_TURNS and cost <= GOAL_MILLISECONDS
    print(f"goal of {GOAL_TURNS} invokes/s at {GOAL_MILLISECONDS} ms: {'met' if met else 'NOT met'}")
    return 0 if met else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--turns", type=int, default=3000)
    options.add_argument("--connections", type=int, default=16)
    given = options.parse_args()
    sys.exit(asyncio.run(measure(given.turns, given.connections)))
