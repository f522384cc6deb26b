"""Measure how long a page of history takes among a million sessions: the first, and a late one, by key and by offset.

    sh scripts/bench history [--rows 1000000] [--database URL]

The button "Older" goes on after the last session shown; its time should not depend on how many come before it.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model.ids import Email, OrgId, SessionId
from bot.model.secret import Secret
from bot.use_cases.queries import PAGE
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

TECHNICIAN = Email("tom@example.test")
_TOKEN = Secret("t" * 27)
ROUNDS = 50
BATCH = 10_000


def _row(number: int, vault: Vault, started: datetime) -> dict[str, object]:
    name = f"{number:032x}"
    return {
        "id": name,
        "org_id": "itdesk",
        "number": str(number % 50_000),
        "kind": "remote",
        "state": "ended",
        "version": 1,
        "technician": TECHNICIAN,
        "technician_name": "Tom Ray",
        "command_key": name,
        "join_digest": name,
        "sealed_join_token": vault.seal(_TOKEN, f"sessions/{name}/join_token"),
        "created_at": started + timedelta(seconds=number),
    }


async def _fill(database: Database, vault: Vault, rows: int) -> None:
    started = datetime(2024, 1, 1, tzinfo=UTC)
    for begin in range(0, rows, BATCH):
        batch = [_row(number, vault, started) for number in range(begin, min(begin + BATCH, rows))]
        async with database.writer.begin() as connection:
            await connection.execute(sa.insert(sessions), batch)


async def _timed(name: str, work: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        await work()
        took.append((time.perf_counter() - begun) * 1000)
    median = statistics.median(took)
    print(f"  {name:<34} p50 {median:8.2f} ms   p99 {statistics.quantiles(took, n=100)[98]:8.2f} ms")
    return median


async def measure(url: str, rows: int) -> None:
    """Fill a database and time the pages."""
    database, vault = Database(url), Vault([new_key()])
    upgrade_schema(database)

    async def nothing(*_arguments: object) -> None:
        return

    unit_of_work = SqlUnitOfWork(database, vault, OrgId("itdesk"), nothing)
    begun = time.perf_counter()
    await _fill(database, vault, rows)
    print(
        f"{rows} sessions of one technician, filled in {time.perf_counter() - begun:.0f} s; a page has {PAGE}"
    )
    deep = SessionId(f"{rows // 10:032x}")

    async def page(**where: Any) -> None:
        async with unit_of_work.read() as tx:
            found = await tx.sessions.history(technician=TECHNICIAN, limit=PAGE + 1, **where)
        assert len(found) == PAGE + 1

    first = await _timed("the first page", page)
    by_key = await _timed("nine tenths down, by key (Older)", lambda: page(after=deep))
    counted = await _timed("nine tenths down, by counting", lambda: page(page=rows * 9 // 10 // PAGE))
    print(f"  by key beside the first page: {by_key / first:.1f}   by counting: {counted / first:.1f}")
    await database.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database")
    options.add_argument("--rows", type=int, default=1_000_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.database or f"sqlite:///{folder}/history.db", given.rows))
