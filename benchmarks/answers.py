"""Measure how long answers take, and how much processor time each costs, beside peers in the same run.

    sh scripts/bench answers [--requests 400] [--json FILE]

Each server is a process of its own (``answers_servers.py``) and gets signed slash commands over bare sockets:

- the peers: aiohttp with a check of the signature, Bolt behind such a route, and Bolt as its manual shows it.
- the bot, without its worker: commands that only read, with no open session and with 300 of the sender's; ``create``
  with what is durable once it is answered; and ``end`` with few and with 5,000 open sessions of others.

The machine is never idle, so the processor time of each operation and the ratio to the peers count, not the milliseconds.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from answers_data import (
    OTHER,
    TECHNICIAN,
    USER,
    add_open_sessions,
    add_technician,
    delete_sessions,
    empty_log,
    open_storage,
)
from processes import until_listening
from rows import AtLeast, AtMost, Peer, Row
from support.bot import settings_for
from support.ports import free_port
from teams_load import read_answer

from sandbox.environment import Environment
from sandbox.slack import TEAM
from storage.unit_of_work import SqlUnitOfWork

SERVERS = Path(__file__).parent / "answers_servers.py"
READING = ("help", "list", "status")
CONNECTIONS = (1, 16)
OWN_OPEN = 300
OTHERS_OPEN = 5_000
WARM_UP = 30
FIRST_REQUESTS = 200
"""How often each server answers before anything is measured."""
REQUESTS = 400
"""How often each command is sent."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement. Times are in milliseconds; ``cpu`` is the server's processor time for one operation."""

    server: str
    work: str
    connections: int
    open_sessions: int
    p50: float
    p99: float
    rate: float
    cpu: float


class Measured:
    """A server under measurement: sends it signed commands."""

    def __init__(self, name: str, port: int, pid: int, environment: Environment) -> None:
        self._name = name
        self._port = port
        self._environment = environment
        # The clock of a process's own processor time, all threads together (Linux: clock_getcpuclockid).
        self._cpu_clock = (~pid << 3) | 2
        self._triggers = _numbers()

    async def warm_up(self) -> None:
        """Answer until the code of the server is specialized and its caches are filled: the first answers take twice as long."""
        await self._send([self._command("help") for _number in range(FIRST_REQUESTS)], 1, b"", [])

    async def measure(
        self,
        work: str,
        texts: Callable[[], str],
        *,
        requests: int,
        connections: int,
        open_sessions: int = 0,
        holds: bytes = b"",
    ) -> Measurement:
        """Send commands on each connection, one after another. Raises RuntimeError for a wrong answer."""
        waited: list[float] = []
        await self._send([self._command(texts()) for _number in range(WARM_UP)], connections, holds, [])
        prepared = [self._command(texts()) for _number in range(requests)]
        cpu = time.clock_gettime(self._cpu_clock)
        started = time.perf_counter()
        await self._send(prepared, connections, holds, waited)
        took = time.perf_counter() - started
        cpu = time.clock_gettime(self._cpu_clock) - cpu
        return Measurement(
            self._name,
            work,
            connections,
            open_sessions,
            p50=statistics.median(waited) * 1000,
            p99=statistics.quantiles(waited, n=100)[98] * 1000,
            rate=requests / took,
            cpu=cpu / requests * 1000,
        )

    async def _send(self, commands: list[bytes], connections: int, holds: bytes, waited: list[float]) -> None:
        left = iter(commands)

        async def connection() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            for command in left:
                started = time.perf_counter()
                writer.write(command)
                status, body = await read_answer(reader)
                waited.append(time.perf_counter() - started)
                if status != HTTPStatus.OK or holds not in body:
                    raise RuntimeError(f"{self._name} answered {status}: {body[:300]!r}")
            writer.close()

        await asyncio.gather(*(connection() for _number in range(connections)))

    def _command(self, text: str) -> bytes:
        """Encode a slash command as Slack sends it."""
        fields = {
            "team_id": TEAM,
            "channel_id": "D1",
            "user_id": USER,
            "command": "/tv",
            "text": text,
            "response_url": "https://hooks.slack.test/commands/1",
            "trigger_id": f"1.2.{next(self._triggers)}",
        }
        body = urlencode(fields).encode()
        head = {
            "Host": "bot",
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            **self._environment.slack.sign(body),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body


def _numbers() -> Iterator[int]:
    yield from range(1, sys.maxsize)


@asynccontextmanager
async def running_server(
    name: str, settings: dict[str, str], environment: Environment
) -> AsyncIterator[Measured]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SERVERS),
        name,
        env={**os.environ, **settings, "TVBOT_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until_listening(port)
        yield Measured(name, port, process.pid, environment)
    finally:
        process.kill()
        await process.wait()


async def _measure_peers(
    environment: Environment, settings: dict[str, str], requests: int
) -> AsyncIterator[Measurement]:
    for name in ("raw", "bolt", "stock"):
        async with running_server(name, settings, environment) as server:
            await server.warm_up()
            for connections in CONNECTIONS:
                yield await server.measure("ok", lambda: "help", requests=requests, connections=connections)


async def _measure_reading(bot: Measured, requests: int, open_sessions: int) -> AsyncIterator[Measurement]:
    for word in READING:
        for connections in CONNECTIONS:
            yield await bot.measure(
                word,
                lambda word=word: word,  # type: ignore[misc]  # mypy has no type for a lambda with a default
                requests=requests,
                connections=connections,
                open_sessions=open_sessions,
                holds=b'"blocks"',
            )


async def _measure_bot(
    bot: Measured, unit_of_work: SqlUnitOfWork, requests: int
) -> AsyncIterator[Measurement]:
    await bot.warm_up()
    async for row in _measure_reading(bot, requests, 0):
        yield row
    await add_open_sessions(unit_of_work, OWN_OPEN, TECHNICIAN, first_number=1)
    async for row in _measure_reading(bot, requests, OWN_OPEN):
        yield row
    await delete_sessions(unit_of_work)
    await empty_log(unit_of_work)
    numbers = iter(range(1_000_000, sys.maxsize))
    for connections in CONNECTIONS:
        yield await bot.measure(
            "create N",
            lambda: f"create {next(numbers)}",
            requests=requests,
            connections=connections,
            holds=b"Creating a remote session",
        )
    for others in (0, OTHERS_OPEN):
        await delete_sessions(unit_of_work)
        await add_open_sessions(unit_of_work, others, OTHER, first_number=2_000_000)
        await add_open_sessions(unit_of_work, requests + WARM_UP, TECHNICIAN, first_number=1)
        await empty_log(unit_of_work)
        own = iter(range(1, sys.maxsize))
        yield await bot.measure(
            "end N",
            lambda own=own: f"end {next(own)}",  # type: ignore[misc]  # as above
            requests=requests,
            connections=1,
            open_sessions=others + requests + WARM_UP,
            holds=b"Ending the session",
        )


def _seek(database: str, seeks: int) -> Measurement:
    """Find open sessions by their request in the bot's own file, with nothing but the driver."""
    connection = sqlite3.connect(database)
    query = "SELECT * FROM sessions WHERE org_id = ? AND number = ?"
    waited = []
    cpu, started = time.process_time(), time.perf_counter()
    for number in range(1, seeks + 1):
        begun = time.perf_counter()
        if not connection.execute(query, ("default", str(number))).fetchall():
            raise RuntimeError(f"no session of request {number}")
        waited.append(time.perf_counter() - begun)
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    connection.close()
    centiles = statistics.quantiles(waited, n=100)
    return Measurement(
        "sqlite3",
        "seek N",
        1,
        OTHERS_OPEN,
        p50=centiles[49] * 1000,
        p99=centiles[98] * 1000,
        rate=seeks / took,
        cpu=cpu / seeks * 1000,
    )


def _tell(row: Measurement, bare: Measurement | None) -> None:
    ratio = f"{row.cpu / bare.cpu:5.1f}x" if bare is not None else ""
    print(
        f"{row.server:<8} {row.work:<9} {row.connections:>5} {row.open_sessions:>6}"
        f" {row.p50:9.2f} {row.p99:9.2f} {row.rate:9.0f} {row.cpu:8.3f} {ratio}",
        flush=True,
    )


async def measure(requests: int) -> list[Measurement]:
    """Measure everything and print the table."""
    environment = Environment()
    await environment.start()
    rows: list[Measurement] = []
    print("server   work      conns   open    p50 ms    p99 ms   per sec   cpu ms  cpu/raw")

    def note(row: Measurement) -> None:
        rows.append(row)
        _tell(row, rows[0])

    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/tvbot.db"
        settings = settings_for(environment, f"sqlite:///{database}")
        async for row in _measure_peers(environment, settings, requests):
            note(row)
        async with (
            running_server("bot", settings, environment) as bot,
            open_storage(settings) as unit_of_work,
        ):
            await add_technician(unit_of_work, TEAM)
            async for row in _measure_bot(bot, unit_of_work, requests):
                note(row)
            note(_seek(database, requests))
    await environment.stop()
    return rows


_GOALS: dict[tuple[str, int, int], tuple[str, AtMost | AtLeast]] = {
    **{(word, 1, 0): ("p50", AtMost(1.2)) for word in READING},
    **{(word, 16, opened): ("rate", AtLeast(1_300)) for word in READING for opened in (0, OWN_OPEN)},
    ("create N", 1, 0): ("p50", AtMost(3)),
    ("create N", 16, 0): ("rate", AtLeast(600)),
}
"""What is asked of each work, by connections and open sessions."""
_CPU_GOAL = {"end N": 2.0, **dict.fromkeys(READING, 0.8)}
"""The most processor time of one operation on one connection, in milliseconds."""


def make_rows(measured: Sequence[Measurement]) -> list[Row]:
    """Return the rows of the table."""
    peers = {one.connections: one for one in measured if one.server == "bolt"}
    rows = []
    for one in measured:
        if one.server != "bot":
            continue
        peer, name = peers[one.connections], "Bolt, a constant"
        sessions = f", {one.open_sessions:,} open sessions" if one.open_sessions else ""
        work = f"`{one.work}`, {one.connections} connection{'s' if one.connections > 1 else ''}{sessions}"
        goal = _GOALS.get((one.work, one.connections, one.open_sessions))
        match goal:
            case ("p50", limit):
                rows.append(Row(f"{work}: p50", one.p50, "ms", limit, Peer(name, peer.p50), one.cpu))
            case ("rate", limit):
                rows.append(Row(work, one.rate, "/s", limit, Peer(name, peer.rate), one.cpu))
            case _:
                pass
        if one.connections == 1 and one.work in _CPU_GOAL:
            limit = AtMost(_CPU_GOAL[one.work])
            rows.append(Row(f"{work}: CPU", one.cpu, "ms", limit, Peer(name, peer.cpu), one.cpu))
    return rows


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    return make_rows(await measure(REQUESTS))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--requests", type=int, default=REQUESTS)
    options.add_argument("--json", metavar="FILE")
    given = options.parse_args()
    measured = asyncio.run(measure(given.requests))
    if given.json is not None:
        Path(given.json).write_text(json.dumps([asdict(row) for row in measured], indent=1), encoding="utf-8")
