"""The disturbances of a chaos run: a closed set. Each is drawn at random and then carried out on an installation.

A drawing depends on the random numbers alone, so that the same seed gives the same disturbances in the same order.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Literal, assert_never

from chaos.disk import limited_files
from chaos.installation import DEAD_AFTER_SECONDS, Installation
from chaos.proxy import Silence
from sandbox.environment import Environment
from sandbox.faults import Fault, Faults

SLOW_SECONDS = 2.0
"""How long a request waits that is slow."""
_TEAMVIEWER = ("sessions.create", "sessions.list", "sessions.update", "*")
_SERVICEDESK = ("requests.list", "notifications.add", "notes.add", "notes.list", "*")
_OUTSIDE: dict[str, tuple[str, ...]] = {
    "TeamViewer": _TEAMVIEWER,
    "ServiceDesk Plus": _SERVICEDESK,
    "Slack": ("chat.postMessage", "chat.update", "*"),
    "Teams": ("activities.send", "activities.update", "*"),
    "SMS gateway": ("sms.send",),
}
"""The outside systems with an HTTP API, and the operations that fail: ``*`` is whichever comes next."""
_BEHIND_PROXIES = (
    "TeamViewer",
    "ServiceDesk Plus",
    "Zoho accounts",
    "Slack",
    "Teams",
    "mail server",
    "SMS gateway",
    "PostgreSQL",
)


@dataclass(frozen=True, slots=True)
class Kill:
    """``kill -9`` of one process, as by a power cut. It is started again after a while."""

    process: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Terminate:
    """SIGTERM to one process, as a service manager sends it. It is started again when it has ended."""

    process: int


@dataclass(frozen=True, slots=True)
class Pause:
    """SIGSTOP, and SIGCONT after a while: longer than another process waits for its heartbeat."""

    process: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FillDisk:
    """Fill the small disk of the database to its last byte, and free it after a while.

    Where only root could mount one, the system refuses the process that uses SQLite to let its files grow.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class RestartDatabase:
    """Stop PostgreSQL, by ``fast`` or like a crash, and start it again after a while."""

    mode: Literal["fast", "immediate"]
    seconds: float


@dataclass(frozen=True, slots=True)
class StepClock:
    """Set the bots' clock so many seconds before or after the real time. It stays there until the next step."""

    seconds: int


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """Let the connections to one system go silent without closing them, and cut them after a while."""

    system: str
    silence: Silence
    seconds: float


@dataclass(frozen=True, slots=True)
class FailRequests:
    """Let the next requests to an operation of an outside system fail, or be slow, each in the same way."""

    system: str
    operation: str
    fault: Fault
    times: int


@dataclass(frozen=True, slots=True)
class FailMail:
    """Let the mail server refuse the next mails for now, or for a while accept each and lose its answer."""

    loses_answers: bool
    seconds: float


Disturbance = (
    Kill | Terminate | Pause | FillDisk | RestartDatabase | StepClock | HalfOpen | FailRequests | FailMail
)


def _draw_failing_requests(rng: Random) -> FailRequests:
    system = rng.choice(sorted(_OUTSIDE))
    fault = rng.choice(list(Fault))
    return FailRequests(system, rng.choice(_OUTSIDE[system]), fault, rng.randint(1, 4))


_DRAWINGS: dict[type[Disturbance], Callable[[Random], Disturbance]] = {
    Kill: lambda rng: Kill(rng.randrange(2), rng.uniform(0, 2)),
    Terminate: lambda rng: Terminate(rng.randrange(2)),
    Pause: lambda rng: Pause(rng.randrange(2), rng.uniform(1, 2 * DEAD_AFTER_SECONDS + 1)),
    FillDisk: lambda rng: FillDisk(rng.uniform(1, 4)),
    RestartDatabase: lambda rng: RestartDatabase(rng.choice(["fast", "immediate"]), rng.uniform(0, 3)),
    StepClock: lambda rng: StepClock(rng.randint(-20, 20)),
    HalfOpen: lambda rng: HalfOpen(rng.choice(_BEHIND_PROXIES), rng.choice(list(Silence)), rng.uniform(1, 5)),
    FailRequests: _draw_failing_requests,
    FailMail: lambda rng: FailMail(rng.choice([True, False]), rng.uniform(1, 3)),
}
KINDS: tuple[type[Disturbance], ...] = tuple(_DRAWINGS)
"""Every kind of disturbance."""


def draw_disturbances(rng: Random) -> Iterator[Disturbance]:
    """Draw disturbances without end: each kind once in random order, then each kind once again, and so on."""
    while True:
        for kind in rng.sample(KINDS, len(KINDS)):
            yield _DRAWINGS[kind](rng)


def find_obstacle(kind: type[Disturbance], installation: Installation) -> str:
    """Return why a kind of disturbance cannot be tried here. Empty if it can."""
    if kind is FillDisk and installation.cluster is not None:
        return installation.disk.problem
    if kind is StepClock:
        return installation.clock.problem
    if kind is RestartDatabase and installation.cluster is None:
        return "SQLite has no server"
    return ""


async def disturb(disturbance: Disturbance, installation: Installation) -> None:  # noqa: C901 - one case a disturbance
    """Carry out a disturbance. What it stopped runs again at its end, but planned failures may still be ahead."""
    match disturbance:
        case Kill(index, seconds):
            process = installation.processes[index % len(installation.processes)]
            await process.kill()
            await asyncio.sleep(seconds)
            await installation.start_process(process)
        case Terminate(index):
            process = installation.processes[index % len(installation.processes)]
            await installation.stop_process(process)
            await installation.start_process(process)
        case Pause(index, seconds):
            process = installation.processes[index % len(installation.processes)]
            os.kill(process.pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            os.kill(process.pid, signal.SIGCONT)
        case FillDisk(seconds):
            await _fill_disk(installation, seconds)
        case RestartDatabase(mode, seconds):
            if installation.cluster is not None:
                await asyncio.to_thread(installation.cluster.stop, mode)
                await asyncio.sleep(seconds)
                await _start_database(installation)
        case StepClock(seconds):
            installation.clock.step_to(seconds)
        case HalfOpen(system, silence, seconds):
            # On SQLite nothing is between the bot and its database.
            proxy = installation.proxies.get(system, installation.proxies["TeamViewer"])
            proxy.silence = silence
            await asyncio.sleep(seconds)
            proxy.cut()
        case FailRequests(system, operation, fault, times):
            find_faults(installation.environment, system).plan(
                operation, fault, times=times, seconds=SLOW_SECONDS
            )
        case FailMail(loses_answers, seconds):
            await _fail_mail(installation.environment, loses_answers=loses_answers, seconds=seconds)
        case _:
            assert_never(disturbance)


async def _fill_disk(installation: Installation, seconds: float) -> None:
    if installation.disk.problem:
        limits = [
            limited_files(process.pid, installation.folder / "serve") for process in installation.processes
        ]
        with ExitStack() as stack:
            for limit in limits:
                stack.enter_context(limit)
            await asyncio.sleep(seconds)
        return
    await asyncio.to_thread(installation.disk.fill)
    await asyncio.sleep(seconds)
    installation.disk.free()
    await _start_database(installation)


async def _start_database(installation: Installation) -> None:
    """Start PostgreSQL if it does not run: a full disk stops it too."""
    if installation.cluster is not None:
        await asyncio.to_thread(installation.cluster.start)


async def _fail_mail(environment: Environment, *, loses_answers: bool, seconds: float) -> None:
    mailbox = environment.mailbox
    if not loses_answers:
        for stage in ("rcpt", "data"):
            mailbox.refuse_next(at=stage)
        return
    mailbox.drop_after_data = True
    await asyncio.sleep(seconds)
    mailbox.drop_after_data = False


def find_faults(environment: Environment, system: str) -> Faults:
    """Return the planned faults of an outside system. Raises KeyError for one that has none."""
    return {
        "TeamViewer": environment.teamviewer.faults,
        "ServiceDesk Plus": environment.servicedesk.faults,
        "Slack": environment.slack.faults,
        "Teams": environment.teams.faults,
        "SMS gateway": environment.sms.faults,
    }[system]
