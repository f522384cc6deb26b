"""Measure what a create costs: from the command to the complete card, with outside systems that answer at once.

    sh scripts/bench creates [--creates 60] [--again 5] [--json FILE] [--flame-graph FILE.svg]

The bot runs as a process of its own, on SQLite and then on PostgreSQL, where that is installed. The outside systems run in
this process. Each create has a request and a channel of its own, as no channel of Slack takes more than one message a second.
A create is complete when its card says that the mail was sent, its note is on the request, and no job of it is left. ``cpu``
is the bot's processor time for one create. SQL statements and commits are counted in a run of their own.

One technician types all of them. In a second run each typist is a technician who has opened the overview in Slack once, as most
do: it is refreshed with each of their sessions.

The peer makes the exchanges of one create (as the outside systems count them) with bare clients, in a process of its own.
``--again 5`` adds five rounds by the same bot, to see whether a create stays as quick. ``--flame-graph`` records the bot with
py-spy meanwhile, which makes it slower.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from rows import AtLeast, AtMost, Peer, Row
from support import postgres
from support.bot import settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment
from storage.database import Database

SERVER = Path(__file__).parent / "creates_server.py"
AT_ONCE = 16
"""How many technicians type at the same time."""
WARM_UP = 16
CREATES = 60
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
LONG = 300
_UNDER_WAY = sa.text(
    "SELECT count(*) FROM workflow_status WHERE status IN ('ENQUEUED', 'PENDING')"
    " AND workflow_uuid NOT LIKE 'sweep:%'"
)

_PEER = """
import aiohttp, asyncio, email.message, aiosmtplib, sys, time
from urllib.parse import urlsplit
async def exchange(smtp):
    calls, creates = [line.split() for line in sys.stdin if line.strip()], int(sys.argv[2])
    letter = email.message.EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.test", "nobody@example.test", "A session"
    letter.set_content("Join.")
    async with aiohttp.ClientSession() as client:
        for round in range(creates + 5):
            if round == 5:
                cpu, begun = time.process_time(), time.perf_counter()
            for method, url in calls:
                await (await client.request(method, url, json={"a": "b"} if method != "GET" else None)).read()
            await aiosmtplib.send(letter, hostname=urlsplit(smtp).hostname, port=urlsplit(smtp).port)
        print(time.process_time() - cpu, time.perf_counter() - begun)
asyncio.run(exchange(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement, for one create. ``cpu`` and ``p50`` are in milliseconds. ``homes``: the technicians have opened theirs."""

    server: str
    creates: int
    p50: float
    rate: float
    cpu: float
    homes: bool = False
    statements: float | None = None
    commits: float | None = None


class Bench:
    """A bot that runs, and who creates sessions: one technician, or one with an opened home for each typist."""

    def __init__(
        self, environment: Environment, settings: dict[str, str], process: Process, *, homes: bool
    ) -> None:
        self.environment = environment
        self.process = process
        self._settings = settings
        self._homes = homes
        self._users = [SlackUser.new(environment) for _user in range(AT_ONCE if homes else 1)]
        # The clock of a process's own processor time, all threads together (Linux: clock_getcpuclockid).
        self._cpu_clock = (~process.pid << 3) | 2
        self._numbers = _numbers()
        self._database = Database(settings["TVBOT_DATABASE_URL"])

    async def begin(self) -> None:
        """Connect the technicians, and create a few sessions before anything is measured."""
        for user in self._users:
            await user.authorize()
            if self._homes:
                await InSlack(user).open_home()
        await self.create(WARM_UP)

    async def end(self) -> None:
        """Close what reads the bot's database."""
        await self._database.close()

    async def create(self, count: int) -> list[float]:
        """Create sessions, some at the same time. Return how long each took to its complete card, in seconds."""
        waited: list[float] = []
        orders = iter([self._new_number() for _number in range(count)])

        async def type_one_after_another(typist: int) -> None:
            for number in orders:
                user = self._in_new_channel(self._users[typist % len(self._users)], number)
                begun = time.perf_counter()
                await user.type_until_accepted(f"create {number}")
                await until(lambda number, user: card_of(user, number, "sent"), number, user, timeout=LONG)
                waited.append(time.perf_counter() - begun)

        await asyncio.gather(*(type_one_after_another(typist) for typist in range(AT_ONCE)))
        async with asyncio.timeout(LONG):
            while await self._is_busy():  # noqa: ASYNC110 - the engine's tables tell nobody that they have changed
                await asyncio.sleep(0.02)
        return waited

    def _new_number(self) -> str:
        """Add a request, and return its number."""
        number = str(next(self._numbers))
        self.environment.servicedesk.add_request(
            number, "VPN fails", requester_name="Ann Lee", requester_email=f"ann{number}@example.test"
        )
        return number

    def _in_new_channel(self, user: SlackUser, number: str) -> SlackUser:
        """Return a technician in a channel of the request's own."""
        channel = self.environment.slack.add_channel(f"desk-{number}", [user.technician.user])
        return SlackUser(self.environment, user.technician, channel)

    async def _is_busy(self) -> bool:
        async with self._database.reader.connect() as connection:
            if not self._database.is_sqlite:
                await connection.exec_driver_sql("SET search_path TO dbos")
            return bool((await connection.execute(_UNDER_WAY)).scalar())

    def cpu(self) -> float:
        """Return the processor time that the bot has used, in seconds."""
        return time.clock_gettime(self._cpu_clock)

    async def counts(self) -> dict[str, int]:
        """Return the bot's counts."""
        url = f"{self._settings['TVBOT_PUBLIC_URL']}/counts"
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            counted: dict[str, int] = await answer.json()
            return counted


def _numbers() -> Iterator[int]:
    yield from range(1_000, sys.maxsize)


@asynccontextmanager
async def _running(database_url: str, *options: str, homes: bool) -> AsyncIterator[Bench]:
    environment = Environment()
    await environment.start()
    settings = settings_for(environment, database_url, TVBOT_POLL_SECONDS="15")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), *options, env={**clean, **settings}, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await _until_ready(f"{settings['TVBOT_PUBLIC_URL']}/readyz")
        bench = Bench(environment, settings, process, homes=homes)
        await bench.begin()
        yield bench
        await bench.end()
    finally:
        process.kill()
        await process.wait()
        await environment.stop()


async def _until_ready(url: str) -> None:
    async with aiohttp.ClientSession() as client, asyncio.timeout(LONG):
        while True:
            try:
                async with client.get(url) as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)  # nothing tells that another process is ready


async def _measure_bot(
    name: str, new_url: Callable[[], str], creates: int, flame_graph: str | None, again: int, *, homes: bool
) -> list[Measured]:
    async with _running(new_url(), "--count", homes=homes) as bench:
        before = await bench.counts()
        await bench.create(creates)
        after = await bench.counts()
    async with _running(new_url(), homes=homes) as bench:
        recorder = await _record(bench.process.pid, flame_graph) if flame_graph else None
        measured = await _measure_round(name, bench, creates)
        if recorder is not None and flame_graph:
            recorder.send_signal(signal.SIGINT)
            await recorder.wait()
            _name_graph(Path(flame_graph), f"{creates} creates on {name}, by function")
        later = [await _measure_round(name, bench, creates) for _round in range(again)]
    statements, commits = ((after[one] - before[one]) / creates for one in ("statements", "commits"))
    measured = replace(measured, statements=statements, commits=commits)
    return [replace(one, homes=homes) for one in (measured, *later)]


async def _measure_round(name: str, bench: Bench, creates: int) -> Measured:
    cpu, begun = bench.cpu(), time.perf_counter()
    waited = await bench.create(creates)
    took, cpu = time.perf_counter() - begun, bench.cpu() - cpu
    p50 = sorted(waited)[len(waited) // 2]
    return Measured(name, creates, p50=p50 * 1000, rate=creates / took, cpu=cpu / creates * 1000)


async def _record(pid: int, file: str) -> Process:
    """Record where the bot spends its processor time, until the recorder is asked to stop.

    The bot is halted for each look: without that, py-spy finds stacks that never were.
    """
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("py-spy")),
        *(
            "record",
            "--pid",
            str(pid),
            "--output",
            file,
            "--format",
            "flamegraph",
            "--rate",
            "200",
            "--gil",
            "--function",
        ),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )


def _name_graph(file: Path, title: str) -> None:
    """Give a flame graph a title. Py-spy's own is its command line, with folders of the machine."""
    graph = file.read_text("utf-8")
    file.write_text(re.sub(r'(<text id="title"[^>]*>)[^<]*', rf"\g<1>{title}", graph), "utf-8")


async def _measure_peer(creates: int) -> Measured:
    """Make the calls of a create with bare clients: two of ServiceDesk Plus, one of TeamViewer, four of Slack, two mails."""
    environment = Environment()
    await environment.start()
    desk, slack = environment.servicedesk.api_url, environment.slack.api_url
    calls = [
        f"GET {desk}/requests/1",
        f"POST {environment.teamviewer.api_url}/sessions",
        *[f"POST {slack}/chat.postMessage"] * 2,
        f"POST {desk}/requests/1/notes",
        f"GET {desk}/requests/1/notes",
        f"POST {slack}/chat.update",
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PEER, environment.mailbox.url, str(creates), stdin=PIPE, stdout=PIPE
    )
    output, _error = await process.communicate("\n".join(calls).encode())
    cpu, took = (float(word) for word in output.split())
    await environment.stop()
    return Measured("peer", creates, p50=took / creates * 1000, rate=creates / took, cpu=cpu / creates * 1000)


@contextmanager
def _databases(folder: str) -> Iterator[dict[str, Callable[[], str]]]:
    """Yield what makes a new database, by the name of its kind."""
    made = iter(range(sys.maxsize))
    kinds: dict[str, Callable[[], str]] = {"sqlite": lambda: f"sqlite:///{folder}/{next(made)}.db"}
    if not postgres.is_installed():
        yield kinds
        return
    with postgres.cluster() as server:
        yield kinds | {"postgresql": lambda: postgres.new_database(server, f"creates{next(made)}")}


def _tell(row: Measured) -> None:
    counted = (
        f"{row.statements:11.0f} {row.commits:8.0f}" if row.statements is not None and row.commits else ""
    )
    server = f"{row.server}, homes" if row.homes else row.server
    print(f"{server:<18} {row.p50:9.0f} {row.rate:9.1f} {row.cpu:9.1f} {counted}", flush=True)


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    peer, *bots = await measure(CREATES)
    rows, peer_cpu = [], Peer("its exchanges", peer.cpu)
    for bot in bots:
        work = f"a create to its complete card, {_NAMES[bot.server]}"
        if bot.homes:
            # There is no rate: most of the run's end is the pause before the last refresh of each home.
            rows.append(Row(f"{work}, homes opened: CPU", bot.cpu, "ms", None, peer_cpu, bot.cpu))
            continue
        rows += [
            Row(f"{work}: CPU", bot.cpu, "ms", AtMost(30), peer_cpu, bot.cpu),
            Row(
                work,
                bot.rate,
                "/s",
                AtLeast(25),
                Peer("its exchanges, one after another", peer.rate),
                bot.cpu,
            ),
        ]
    return rows


async def measure(
    creates: int, only: str | None = None, flame_graph: str | None = None, again: int = 0
) -> list[Measured]:
    """Measure everything and print the table. ``again``: how many more rounds each bot gets, to see whether it stays as quick."""
    print("server                p50 ms   per sec    cpu ms  statements  commits")
    rows: list[Measured] = []

    def note(measured: Iterable[Measured]) -> None:
        for row in measured:
            rows.append(row)
            _tell(row)

    note([await _measure_peer(creates)])
    with tempfile.TemporaryDirectory() as folder, _databases(folder) as kinds:
        for name, new_url in kinds.items():
            if only not in {None, name}:
                continue
            note(await _measure_bot(name, new_url, creates, flame_graph, again, homes=False))
            # A graph is drawn of one run.
            if flame_graph is None:
                note(await _measure_bot(name, new_url, creates, None, again, homes=True))
    return rows


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--creates", type=int, default=CREATES)
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    options.add_argument("--again", type=int, default=0, metavar="ROUNDS", help="more rounds by the same bot")
    options.add_argument("--json", metavar="FILE")
    options.add_argument("--flame-graph", metavar="FILE.svg")
    given = options.parse_args()
    measured = asyncio.run(measure(given.creates, given.only, given.flame_graph, given.again))
    if given.json is not None:
        Path(given.json).write_text(json.dumps([asdict(row) for row in measured], indent=1), encoding="utf-8")
