"""Measure how long the event loop stands still while old sessions are deleted, in batches and all at once.

    sh scripts/bench retention [--sessions 100000]

On SQLite, statements run on the event loop, so nobody gets an answer during one. Each session has two notices and a card.
The time without an answer is read by a task that wakes up every millisecond.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from rows import AtMost, Peer, Row

from bot.model.ids import OrgId
from bot.workflows.retention import BATCH, delete_old_records
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import cards, notices, sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

RETENTION = timedelta(days=30)
SESSIONS = 100_000
ROWS_AT_ONCE = 5_000
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def _session(name: str) -> dict[str, object]:
    return {
        "id": name,
        "org_id": "itdesk",
        "number": name[-5:],
        "kind": "remote",
        "state": "ended",
        "version": 1,
        "technician": "tom@example.test",
        "technician_name": "Tom Ray",
        "command_key": name,
        "join_digest": name,
        "sealed_join_token": b"",
        "created_at": NOW - 2 * RETENTION,
    }


def _notice(name: str, channel: str) -> dict[str, object]:
    return {
        "id": f"{name[-12:]}{channel}",
        "org_id": "itdesk",
        "session_id": name,
        "recipient": "requester",
        "channel": channel,
        "state": "sent",
        "created_at": NOW - 2 * RETENTION,
    }


def _card(name: str) -> dict[str, object]:
    return {
        "org_id": "itdesk",
        "session_id": name,
        "platform": "slack",
        "tenant": "T1",
        "channel": "C1",
        "message": name,
        "audience": "shared",
        "locale": "en",
        "timezone": "UTC",
    }


async def _fill(database: Database, count: int) -> None:
    for begin in range(0, count, ROWS_AT_ONCE):
        names = [f"{number:032x}" for number in range(begin, min(begin + ROWS_AT_ONCE, count))]
        async with database.writer.begin() as connection:
            await connection.execute(sa.insert(sessions), [_session(name) for name in names])
            each = [_notice(name, channel) for name in names for channel in ("sms", "mail")]
            await connection.execute(sa.insert(notices), each)
            await connection.execute(sa.insert(cards), [_card(name) for name in names])


@asynccontextmanager
async def _gaps() -> AsyncIterator[list[float]]:
    """Collect the gaps between the moments at which the loop ran another task, in seconds."""
    gaps: list[float] = []

    async def watch() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()

    task = asyncio.create_task(watch())
    await asyncio.sleep(0)
    try:
        yield gaps
        # A gap that lasts until the end of the work counts too.
        await asyncio.sleep(0.01)
    finally:
        task.cancel()


async def _timed(name: str, work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Print and return the longest gap and the processor time, in seconds."""
    begun, cpu = time.perf_counter(), time.process_time()
    async with _gaps() as gaps:
        await work()
        took, used = time.perf_counter() - begun, time.process_time() - cpu
    print(f"  {name:<24} longest gap {max(gaps) * 1000:8.1f} ms   in all {took:6.2f} s   CPU {used:6.2f} s")
    return max(gaps), used


async def measure(folder: str, count: int) -> list[tuple[float, float]]:
    """Delete the same sessions in batches and all at once, each from a database of its own.

    Returns the longest gap and the processor time of each way, in seconds.
    """
    results = []

    async def nothing(*_arguments: object) -> None:
        return

    print(f"{count} sessions that are over, with notices and cards; a batch has {BATCH}")
    for name in ("in batches", "all at once"):
        database = Database(f"sqlite:///{folder}/{name}.db")
        upgrade_schema(database)
        await _fill(database, count)
        unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), nothing)

        async def all_at_once(unit_of_work: SqlUnitOfWork = unit_of_work) -> None:
            async with unit_of_work.write() as tx:
                await tx.sessions.purge(NOW - RETENTION, limit=count)

        async def in_batches(unit_of_work: SqlUnitOfWork = unit_of_work) -> None:
            await delete_old_records(NOW, RETENTION, unit_of_work)

        results.append(await _timed(name, in_batches if name == "in batches" else all_at_once))
        async with database.reader.connect() as connection:
            left = (await connection.execute(sa.select(sa.func.count()).select_from(sessions))).scalar()
        if left:
            raise SystemExit(f"{left} sessions are left")
        await _timed(f"{name}, nothing is old", in_batches)
        await database.close()
    return results


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    with tempfile.TemporaryDirectory() as folder:
        (gap, cpu), (gap_at_once, _cpu) = await measure(folder, SESSIONS)
    return [
        Row(
            f"retention of {SESSIONS:,} sessions: longest gap in the loop",
            gap * 1000,
            "ms",
            AtMost(50),
            Peer("all at once", gap_at_once * 1000),
            cpu / SESSIONS * 1000,
        )
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=SESSIONS)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(measure(temporary, given.sessions))
