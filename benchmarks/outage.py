"""Rehearse an outage: many technicians create sessions while TeamViewer is slow and limits calls, and Slack limits posts.

    sh scripts/bench outage [--technicians 1000] [--creates 2000] [--minutes 5]

The bot runs on PostgreSQL as two processes, ``serve`` and ``worker``. The creates are spread evenly over the minutes, and the
time of each answer is measured by a process that does nothing else. Then the outside systems recover, and what became of every
accepted command is counted as in the chaos run (``chaos/counting.py``). The exit code is 1 if a goal was missed.
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from processes import memory_megabytes
from rows import AtLeast, AtMost, Row, format_rows
from support import postgres
from support.bot import BotProcess, settings_for
from support.many_sessions import unit_of_work_of

from bot.model.connection import Account, Tokens
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.model.technician import Actor, Directory, Platform, Profile
from chaos.book import Word
from chaos.counting import Row as Counted
from chaos.counting import count_all
from chaos.reading import find_all, is_finished, read_audit, read_outcomes, read_unfinished_jobs
from chaos.typists import SlackTypist, Worker, new_request, read_answer
from sandbox.environment import Environment, Person
from sandbox.faults import Fault
from sandbox.slack import TEAM, payloads
from storage.database import Database

CHANNELS = 20
WARM_UP = 40
"""How many sessions are created before the outage, so that everything is loaded when the memory is read first."""
SLOW_SECONDS = 3.0
LIMITED_AT_ONCE = 3
"""How many calls of each kind an outside system refuses in each of its bad moments."""
MOMENT_SECONDS = 2.0
SETTLE_SECONDS = 900
REPORT_SECONDS = 20
GROWTH = 1.25
"""By how much the memory may grow."""
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Load:
    """How many technicians create how many sessions in how many seconds."""

    technicians: int
    creates: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of both processes in MB. ``at_the_end`` is the larger of two: when the outage ends, and when all is settled."""

    before: float
    in_the_middle: float
    at_the_end: float


@dataclass(frozen=True, slots=True)
class Desk:
    """A channel with the technicians who work in it, and the book of what they type."""

    worker: Worker
    technicians: list[Person]

    @property
    def channel(self) -> str:
        return self.worker.typist.user.slack_user.channel


class Sender:
    """The process that sends the commands. ``seconds`` are the times of the answers so far."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.seconds: list[float] = []
        self._sent: dict[str, Worker] = {}

    async def start(self) -> None:
        """Start the process."""
        slack = self._environment.slack
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).parent / "outage_sender.py"),
            slack.events_url,
            slack.signing_secret,
            stdin=PIPE,
            stdout=PIPE,
            limit=2**20,
        )
        self._reading = asyncio.create_task(self._read_answers())

    async def create(self, desk: Desk, technician: Person) -> None:
        """Let a technician type ``create`` for a new request."""
        number = new_request(desk.worker.typist.user.slack_user)
        desk.worker.book.write(Word.CREATE, number)
        self._sent[number] = desk.worker
        state, slack = self._environment.slack.state, self._environment.slack
        channel = slack.find_joined_channel(technician.user, desk.channel)
        fields = payloads.build_slash_command(
            state,
            technician.user,
            channel,
            f"create {number}",
            command="/tv",
            trigger_id=state.new_trigger(technician.user),
        )
        assert self._process.stdin is not None
        line = json.dumps({"number": number, "body": urlencode(fields)})
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def finish(self) -> None:
        """Wait until every command is answered or given up, and end the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading

    async def _read_answers(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            book = self._sent[answer["number"]].book
            (entry,) = [one for one in book.entries if one.number == answer["number"]]
            entry.answers.append(
                read_answer(answer["text"] if answer["status"] in _OK else "own database does not answer")
            )
            self.seconds.append(answer["seconds"])
            if not entry.is_accepted:
                print(f"  not accepted: {answer['status']} {answer['text'][:160]}", flush=True)


def _open_desks(environment: Environment, technicians: int) -> list[Desk]:
    desks = []
    for index in range(CHANNELS):
        typist = SlackTypist(environment)
        desk = Desk(Worker(typist, Random(index), is_finished), [typist.user.slack_user.technician])
        members = environment.slack.channels[desk.channel].members
        for number in range(1, technicians // CHANNELS):
            # The counting knows technicians by this name, and their mails by this beginning of the address.
            person = environment.add_technician("Tom Ray", f"tom-{index}-{number}@example.test")
            members.add(person.user)
            desk.technicians.append(person)
        desks.append(desk)
    return desks


async def _connect(
    environment: Environment, desks: list[Desk], database: Database, settings: dict[str, str]
) -> None:
    """Store every technician as somebody who was seen just now and has connected an account."""
    unit_of_work = unit_of_work_of(database, settings)
    now = datetime.now(UTC)
    people = [person for desk in desks for person in desk.technicians]
    async with unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({Email(one.email): one.name for one in people}, now))
        for person in people:
            account = environment.teamviewer.accounts[person.email]
            access, refresh = environment.teamviewer.issue_tokens(person.email)
            tokens = Tokens(Secret(access), Secret(refresh), environment.teamviewer.options.expires_in)
            address = Email(person.email)
            await tx.people.store_profile(
                Profile(Actor(Platform.SLACK, TEAM, person.user), person.name, address), now
            )
            await tx.connections.connect(address, Account(account.userid, account.name, address), tokens, now)


async def _disturb(environment: Environment) -> None:
    """Keep TeamViewer slow, and let it and Slack refuse some calls every few seconds, until cancelled."""
    teamviewer, slack = environment.teamviewer.faults, environment.slack.faults
    environment.teamviewer.options.rate_limit_status = 429
    while True:
        teamviewer.clear()
        slack.clear()
        teamviewer.plan("sessions.create", Fault.RATE_LIMIT, times=LIMITED_AT_ONCE)
        teamviewer.plan("sessions.create", Fault.SLOW, times=None, seconds=SLOW_SECONDS)
        for method in ("chat.postMessage", "chat.update"):
            slack.plan(method, Fault.RATE_LIMIT, times=LIMITED_AT_ONCE)
        await asyncio.sleep(MOMENT_SECONDS)


async def _create_all(sender: Sender, desks: list[Desk], count: int, seconds: float) -> None:
    """Create sessions, evenly over the time, by all technicians in turn."""
    begun = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(begun + number * seconds / count - time.monotonic(), 0))
        desk = desks[number % len(desks)]
        await sender.create(desk, desk.technicians[number // len(desks) % len(desk.technicians)])


async def _settle(environment: Environment, database: Database, desks: list[Desk]) -> list[Counted]:
    """Wait until no job is left and nothing is missing, or until the time limit. Return what was found."""
    deadline = time.monotonic() + SETTLE_SECONDS
    report_at = time.monotonic() + REPORT_SECONDS
    while True:
        is_over = time.monotonic() > deadline
        left = await read_unfinished_jobs(database)
        if time.monotonic() > report_at:
            print(f"  {len(left)} jobs left, such as {', '.join(sorted(left)[:3])}", flush=True)
            report_at += REPORT_SECONDS
        if is_over or not left:
            workers = [desk.worker for desk in desks]
            found = find_all(environment, [worker.typist for worker in workers], await read_audit(database))
            counted = [row for row in count_all(read_outcomes(workers, found)) if row.accepted]
            if is_over or not any(row.lost for row in counted):
                return counted
            print(
                "  missing: " + ", ".join(f"{len(row.lost)} {row.kind}" for row in counted if row.lost),
                flush=True,
            )
        await asyncio.sleep(2)


async def measure(load: Load) -> list[Row]:
    """Rehearse the outage, and return what was found."""
    async with AsyncExitStack() as stack:
        environment = Environment()
        await environment.start()
        stack.push_async_callback(environment.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = postgres.new_database(stack.enter_context(postgres.cluster()), "outage")
        settings = settings_for(environment, url, TVBOT_POLL_SECONDS="15")
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        processes = [BotProcess(settings, folder / role, role) for role in ("serve", "worker")]
        for process in processes:
            stack.push_async_callback(process.clean_up)
            await process.start()
        database = Database(url)
        stack.push_async_callback(database.close)
        desks = _open_desks(environment, load.technicians)
        await _connect(environment, desks, database, settings)
        sender = Sender(environment)
        await sender.start()
        print(
            f"{sum(len(desk.technicians) for desk in desks)} technicians, {WARM_UP} creates to warm up",
            flush=True,
        )
        await _create_all(sender, desks, WARM_UP, WARM_UP / 8)
        await _settle(environment, database, desks)
        memory_before = _memory(processes)
        sender.seconds.clear()
        print(f"the outage: {load.creates} creates in {load.seconds:.0f} s", flush=True)
        disturbing = asyncio.create_task(_disturb(environment))
        begun = time.monotonic()
        reading = asyncio.create_task(_read_memory_after(load.seconds / 2, processes))
        await _create_all(sender, desks, load.creates, load.seconds)
        await sender.finish()
        memory_in_the_middle = await reading
        disturbing.cancel()
        environment.teamviewer.faults.clear()
        environment.slack.faults.clear()
        memory_at_end = _memory(processes)
        print(
            f"the outage is over; memory {memory_before:.0f} MB before it, {memory_in_the_middle:.0f} MB in the middle of it,"
            f" {memory_at_end:.0f} MB now",
            flush=True,
        )
        counted = await _settle(environment, database, desks)
        settled = time.monotonic() - begun
        memory_after = _memory(processes)
        for row in counted:
            print(
                f"  {row.kind:<17} {row.done} of {row.accepted}, {row.unsure} unsure, {row.failed} failed",
                flush=True,
            )
        for process in processes:
            await process.stop()
    memory = Memory(memory_before, memory_in_the_middle, max(memory_at_end, memory_after))
    return _make_rows(load, sender.seconds, counted, settled, memory)


def _memory(processes: list[BotProcess]) -> float:
    return sum(memory_megabytes(process.pid) for process in processes)


async def _read_memory_after(seconds: float, processes: list[BotProcess]) -> float:
    await asyncio.sleep(seconds)
    return _memory(processes)


def _make_rows(
    load: Load, seconds: list[float], counted: list[Counted], settled: float, memory: Memory
) -> list[Row]:
    centiles = statistics.quantiles(seconds, n=100)
    work = f"outage, {load.creates:,} creates in {load.seconds:.0f} s"
    sessions = next(row for row in counted if row.kind == "sessions")
    return [
        Row(f"{work}: p50 of the answers", centiles[49] * 1000, "ms"),
        Row(f"{work}: p99 of the answers", centiles[98] * 1000, "ms", AtMost(500)),
        Row(f"{work}: accepted", sessions.accepted, "creates", AtLeast(load.creates + WARM_UP)),
        Row(f"{work}: sessions created", sessions.done, "sessions", AtLeast(sessions.accepted)),
        Row(f"{work}: lost", sum(len(row.lost) for row in counted), "things", AtMost(0)),
        Row(f"{work}: doubled", sum(len(row.doubled) for row in counted), "things", AtMost(0)),
        Row(f"{work}: first command to last job", settled, "s"),
        Row(f"{work}: memory of both processes before it", memory.before, "MB"),
        Row(f"{work}: memory in the middle", memory.in_the_middle, "MB", AtMost(memory.before * GROWTH)),
        Row(f"{work}: memory at the end", memory.at_the_end, "MB", AtMost(memory.before * GROWTH)),
    ]


def main(load: Load) -> int:
    """Rehearse the outage and print the table. Return the exit code."""
    if not postgres.is_installed():
        print("PostgreSQL is not installed here (Debian: postgresql).")
        return 2
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    rows = asyncio.run(measure(load))
    print(format_rows(rows))
    return 1 if any(row.is_met is False for row in rows) else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--technicians", type=int, default=1_000)
    options.add_argument("--creates", type=int, default=2_000)
    options.add_argument("--minutes", type=float, default=5)
    given = options.parse_args()
    sys.exit(main(Load(given.technicians, given.creates, given.minutes * 60)))
