"""Disturb an installation for a while, wait until it has settled, and count."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy.exc import SQLAlchemyError
from support.bot import BotProcess

from chaos.book import Answer, Word
from chaos.counting import Kind, Row, count_all, find_missed_goals
from chaos.disturbances import KINDS, Disturbance, disturb, draw_disturbances, find_obstacle
from chaos.installation import DatabaseKind, Installation, running_installation
from chaos.reading import Found, find_all, is_finished, read_audit, read_outcomes, read_unfinished_jobs
from chaos.typists import SlackTypist, TeamsTypist, Typist, Worker

TECHNICIANS = 2
"""How many technicians type in each chat."""
PAUSE_SECONDS = (1.0, 3.0)
"""How long each of them waits between two commands."""
BETWEEN_SECONDS = (0.3, 2.0)
"""How long the installation is left alone between two disturbances."""
SETTLE_SECONDS = 240
"""Time limit for everything that was accepted, once the disturbances are over."""
_LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Result:
    """What a run on one database found. ``missed`` has a sentence for each goal that was not reached.

    ``unseen_doubled_cards`` were doubled until somebody looked at the channel in Teams, and may be no longer.
    ``faults`` are those of them that the counts do not show: the audit log, a stop that failed, work that never ended.
    """

    database: DatabaseKind
    seed: int
    seconds: float
    settled_after: float
    rows: Sequence[Row]
    missed: Sequence[str]
    faults: Sequence[str]
    disturbances: Mapping[str, int]
    not_tried: Mapping[str, str]
    commands: Mapping[str, int]
    refusals: Mapping[str, int]
    unseen_doubled_cards: int
    repeated_mails: int
    ended_processes: int
    tracebacks: int


async def run_chaos(kind: DatabaseKind, seed: int, seconds: float, folder: Path) -> Result:
    """Run the installation on one kind of database, disturb it for so many seconds, and count. Returns the result."""
    async with running_installation(kind, folder) as installation:
        workers = await _start_workers(installation, seed)
        stop = asyncio.Event()
        typing = [asyncio.create_task(worker.work(stop, PAUSE_SECONDS)) for worker in workers]
        try:
            done = await _disturb_for(installation, Random(seed), seconds, folder / "disturbances")
        finally:
            await installation.end_disturbances()
            stop.set()
            await asyncio.gather(*typing)
        settled_after = await _settle(installation, workers)
        rows_before = count_all(read_outcomes(workers, await _find(installation, workers)))
        await _open_channels(workers)
        await _settle(installation, workers)
        found = await _find(installation, workers)
        rows = count_all(read_outcomes(workers, found))
        faults = [*installation.faults, *await _check_audit_log(installation, folder)]
        if settled_after >= SETTLE_SECONDS:
            jobs = ", ".join(await read_unfinished_jobs(installation.database)) or "none"
            faults.append(f"not settled after {SETTLE_SECONDS} seconds; jobs left: {jobs}")
        return Result(
            kind,
            seed,
            seconds,
            settled_after,
            rows,
            [*find_missed_goals(rows), *faults],
            faults,
            {one.__name__: done[one.__name__] for one in KINDS if done[one.__name__]},
            {one.__name__: why for one in KINDS if (why := find_obstacle(one, installation))},
            _count_commands(workers),
            _count_refusals(workers),
            sum(len(row.doubled) for row in rows_before if row.kind is Kind.CARDS),
            found.repeated_mails,
            installation.ended,
            sum(process.log().count("Traceback") for process in installation.processes),
        )


async def _start_workers(installation: Installation, seed: int) -> list[Worker]:
    environment = installation.environment
    typists: list[Typist] = []
    for _number in range(TECHNICIANS):
        typists += [SlackTypist(environment), TeamsTypist(environment)]
    for typist in typists:
        await typist.user.authorize()
    return [Worker(typist, Random(f"{seed}/{index}"), is_finished) for index, typist in enumerate(typists)]


async def _disturb_for(installation: Installation, rng: Random, seconds: float, diary: Path) -> Counter[str]:
    """Disturb the installation until the time is over. Return how often each kind was done.

    ``diary`` gets a line for each, with its time, to be read beside the logs of the bots.
    """
    done: Counter[str] = Counter()
    deadline = time.monotonic() + seconds
    for disturbance in draw_disturbances(rng):
        # Drawn for a disturbance that is left out too, so that both databases have the others in the same order.
        pause = rng.uniform(*BETWEEN_SECONDS)
        if find_obstacle(type(disturbance), installation):
            continue
        await asyncio.sleep(pause)
        if time.monotonic() > deadline:
            return done
        with diary.open("a", encoding="utf-8") as lines:
            lines.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {disturbance}\n")
        await _carry_out(disturbance, installation)
        done[type(disturbance).__name__] += 1
    return done


async def _carry_out(disturbance: Disturbance, installation: Installation) -> None:
    # A process may have ended by itself, for example because its database was away. A service manager starts it again.
    await installation.restart_ended_processes()
    await disturb(disturbance, installation)


async def _settle(installation: Installation, workers: Sequence[Worker]) -> float:
    """Wait until nothing is lost and no job is left, or until the time limit. Return the seconds that it took."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < SETTLE_SECONDS:
        try:
            if not await read_unfinished_jobs(installation.database):
                rows = count_all(read_outcomes(workers, await _find(installation, workers)))
                if not any(row.lost for row in rows):
                    return waited
        except SQLAlchemyError:
            pass  # a connection that was cut is replaced at the next look
        await installation.restart_ended_processes()
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return SETTLE_SECONDS


async def _open_channels(workers: Sequence[Worker]) -> None:
    """Let the technicians in Teams look at their channels, as people do. A client names a card that the bot does not know."""
    for worker in workers:
        if isinstance(worker.typist, TeamsTypist):
            await worker.typist.user.open_channel()
    # The bot answers a refresh before it enqueues what follows.
    await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def _find(installation: Installation, workers: Sequence[Worker]) -> Found:
    typists = [worker.typist for worker in workers]
    return find_all(installation.environment, typists, await read_audit(installation.database))


async def _check_audit_log(installation: Installation, folder: Path) -> list[str]:
    check = BotProcess(installation.settings, folder / "audit", "audit", "verify")
    await check.start()
    return [] if await check.wait() == 0 else [f"the audit log: {check.log()}"]


def _count_commands(workers: Sequence[Worker]) -> dict[str, int]:
    """Return how many commands were accepted, refused, and never answered, and how many were typed again."""
    entries = [entry for worker in workers for entry in worker.book.entries]
    return {
        **{word.value: sum(one.word is word for one in entries) for word in Word},
        "accepted": sum(one.is_accepted for one in entries),
        "refused": sum(one.answers[-1:] == [Answer.REFUSED] for one in entries),
        "without an answer": sum(one.may_count and not one.is_accepted for one in entries),
        "typed again": sum(len(one.answers) > 1 for one in entries),
    }


def _count_refusals(workers: Sequence[Worker]) -> dict[str, int]:
    """Return how often the bot refused something, by its text."""
    # A plain dict: ``asdict`` makes of a Counter one that counts its pairs.
    return dict(sum((worker.book.refusals for worker in workers), Counter()))
