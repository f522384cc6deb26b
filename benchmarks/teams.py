"""Measure turns of Teams per second on one core, and the cost of a turn, against botbuilder's own adapter.

    sh scripts/bench teams [--turns 3000] [--connections 16]

Two loads against two servers (``benchmarks/teams_servers.py``), each server a process on a core of its own:

- ``invoke``: a card's button, answered in the same request with a card of 2 KB.
- ``echo``: a message, answered by one that goes out through the connector.

Both loads carry signed tokens that are checked. The goal is 800 invokes a second on one core and 1.2 ms of its time
for each. Then, without a peer, ``refresh``: a session's card as Teams asks for it on behalf of its creator, answered by
the whole product (``tvbot serve``, its worker included) out of an SQLite database.
"""

import argparse
import asyncio
import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from support.microsoft import Microsoft, microsoft
from teams_load import Server, request
from teams_refresh import refresh

GOAL_TURNS = 800
GOAL_MILLISECONDS = 1.2
WARM_UP = 200
KINDS = ("tvbot", "stock")


def _requests(playing: Microsoft, load: str, turns: int, token: str) -> list[bytes]:
    """Return turns in a hundred conversations, each with its own id."""
    value = {
        "action": {"type": "Action.Execute", "verb": "end", "data": {"session": "s1"}},
        "trigger": "manual",
    }
    invoke = {"type": "invoke", "name": "adaptiveCard/action", "value": value, "text": None}
    made = []
    for number in range(turns):
        activity = playing.activity(id=f"17000{number}", **(invoke if load == "invoke" else {}))
        activity["conversation"]["id"] = f"19:conversation{number % 100}@thread.tacv2"
        made.append(request(activity, token))
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
    """Keep this process off one core if there are two. Return that core."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1:
        return None, "not pinned: the load shares the server's core"
    *ours, servers = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, ours)
    return servers, f"the server alone on core {servers}"


async def measure(turns: int, connections: int) -> int:
    """Run both loads against both servers. Return the exit code."""
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
    rate, cost = await refresh(turns, connections, core)
    print("refresh (whole product, on SQLite)")
    print(f"  {'tvbot':<8} {rate:7.0f} turns/s   {cost:6.2f} ms of processor time a turn")
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
