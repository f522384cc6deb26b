"""Measure how long answers take while 200 creates are worked on, and with nothing to do.

    sh scripts/bench load [--creates 200] [--server serve|one-loop] [--json FILE]

A technician types ``help`` again and again, one after another with a pause of 10 ms (``load_asker.py``, a process of its own).
First the bot has nothing to do: that is the peer. Then others type 200 creates, and the asker goes on until each has its
complete card. It runs on SQLite and on PostgreSQL, where that is installed. ``cpu`` is the bot's processor time for one
create, the answers to the asker included. The outside systems answer at once.

``--server`` compares ``serve``, whose worker has a thread and a loop of its own, with one loop for both (``load_servers.py``).
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from processes import processor_seconds, until_listening
from rows import AtMost, Peer, Row
from support import postgres
from support.bot import settings_for
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment
from sandbox.slack import TEAM

HERE = Path(__file__).parent
SERVE = ("-c", "from adapters.cli.main import run; run()", "serve")
AT_ONCE = 25
"""How many technicians have a create under way at the same time."""
IDLE_SECONDS = 5
CREATES = 200
LONG = 600


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement. Times are in milliseconds; ``cpu`` is the processor time for one create, None without creates."""

    server: str
    database: str
    work: str
    answers: int
    p50: float
    p99: float
    longest: float
    cpu: float | None = None


@asynccontextmanager
async def _server(name: str, settings: dict[str, str]) -> AsyncIterator[Process]:
    program = SERVE if name == "serve" else (str(HERE / "load_servers.py"),)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *program, env={**os.environ, **settings}, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await until_listening(int(settings["TVBOT_PORT"]))
        yield process
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _asking(user: SlackUser, port: str, waited: list[float]) -> AsyncIterator[None]:
    """Ask for ``help`` while the block runs. ``waited`` gets the milliseconds of each answer."""
    asker = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "load_asker.py"),
        port,
        user.environment.slack.signing_secret,
        user.technician.user,
        TEAM,
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        yield
    finally:
        printed, _nothing = await asker.communicate(b"")
        waited += json.loads(printed)


async def _create(user: SlackUser, creates: int) -> None:
    """Type creates, some at the same time, and wait until each has its complete card."""
    orders = iter([_new_order(user) for _number in range(creates)])

    async def type_one_after_another() -> None:
        for number, typist in orders:
            await typist.type_until_accepted(f"create {number}")
            await until(lambda number, typist: card_of(typist, number, "sent"), number, typist, timeout=LONG)

    await asyncio.gather(*(type_one_after_another() for _typist in range(AT_ONCE)))


def _new_order(user: SlackUser) -> tuple[str, SlackUser]:
    """Return a request, and the technician in a channel of its own: no channel takes more than one message a second."""
    number = user.new_request()
    channel = user.environment.slack.add_channel(f"case-{number}", [user.technician.user])
    return number, SlackUser(user.environment, user.technician, channel)


def _row(server: str, database: str, work: str, waited: list[float], cpu: float | None = None) -> Measured:
    centiles = statistics.quantiles(waited, n=100, method="inclusive")
    return Measured(server, database, work, len(waited), centiles[49], centiles[98], max(waited), cpu)


async def _measure(server: str, database: str, url: str, creates: int) -> AsyncIterator[Measured]:
    environment = Environment()
    await environment.start()
    settings = settings_for(environment, url)
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    async with _server(server, settings) as process:
        user = SlackUser.new(environment)
        await user.authorize()
        await _create(user, 8)
        idle: list[float] = []
        async with _asking(user, settings["TVBOT_PORT"], idle):
            await asyncio.sleep(IDLE_SECONDS)  # the time for which nothing is to do
        yield _row(server, database, "nothing to do", idle)
        busy: list[float] = []
        before = processor_seconds(process.pid)
        async with _asking(user, settings["TVBOT_PORT"], busy):
            await _create(user, creates)
        cpu = (processor_seconds(process.pid) - before) * 1000 / creates
        yield _row(server, database, f"{creates} creates", busy, cpu)
    await environment.stop()


@contextmanager
def _databases() -> Iterator[list[tuple[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        sqlite = ("SQLite", f"sqlite:///{folder}/tvbot.db")
        if not postgres.is_installed():
            yield [sqlite]
            return
        with postgres.cluster() as server:
            yield [sqlite, ("PostgreSQL", postgres.new_database(server, "load"))]


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    measured = await measure(["serve"], CREATES)
    return [
        Row(
            f"`help` during {busy.work}, {busy.database}: p99",
            busy.p99,
            "ms",
            AtMost(50),
            Peer(idle.work, idle.p99),
            busy.cpu,
        )
        for idle, busy in zip(measured[::2], measured[1::2], strict=True)
    ]


async def measure(servers: list[str], creates: int) -> list[Measured]:
    """Measure everything and print the table."""
    rows: list[Measured] = []
    print("server    database    work           answers    p50 ms    p99 ms  longest   cpu ms")
    for server in servers:
        with _databases() as databases:
            for database, url in databases:
                async for row in _measure(server, database, url, creates):
                    rows.append(row)
                    cpu = "" if row.cpu is None else f"{row.cpu:.0f}"
                    print(
                        f"{row.server:<9} {row.database:<11} {row.work:<15} {row.answers:>6} {row.p50:9.2f}"
                        f" {row.p99:9.2f} {row.longest:8.1f}   {cpu}",
                        flush=True,
                    )
    return rows


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--creates", type=int, default=CREATES)
    options.add_argument("--server", choices=("serve", "one-loop"), action="append")
    options.add_argument("--json", metavar="FILE")
    given = options.parse_args()
    measured = asyncio.run(measure(given.server or ["serve"], given.creates))
    if given.json is not None:
        Path(given.json).write_text(json.dumps([asdict(row) for row in measured], indent=1), encoding="utf-8")
