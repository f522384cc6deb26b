"""Measure a report, and the counting of one session, beside a thousand and a million sessions that are over.

    sh scripts/bench report [--rows 1000000] [--database URL]

A report of a month reads the daily sums, so its time should not depend on how many sessions there are. The sums are those of a
busy installation: every kind, result, channel and wait occurs on every day, and so does each of a hundred technicians.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from rows import AtMost, Row

from bot.model.daily_sums import Figure, Result, SumKey, round_wait, session_label
from bot.model.ids import CommandKey, Email, OrgId, RequestNumber, new_join_token, new_session_id
from bot.model.notice import Channel, NoticeState
from bot.model.session import Kind, Session
from bot.use_cases.report import read_report
from bot.workflows.count_sessions import count_sessions
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

FEW = 1_000
MANY = 1_000_000
ROUNDS = 30
FLAT = 1.5
"""How much more a report may cost beside many sessions than beside few."""
TECHNICIANS = 100
LAST = date(2026, 6, 30)
FIRST = LAST - timedelta(days=29)
_BATCH = 10_000


def _row(number: int) -> dict[str, object]:
    name = f"{number:032x}"
    return {
        "id": name,
        "org_id": "itdesk",
        "number": str(number % 50_000),
        "kind": "remote",
        "state": "ended",
        "version": 1,
        "technician": f"tech{number % TECHNICIANS}@example.test",
        "technician_name": "Tom Ray",
        "command_key": name,
        "join_digest": name,
        "sealed_join_token": b"",
        "created_at": datetime(2025, 7, 1, tzinfo=UTC) + timedelta(seconds=31 * number),
    }


async def _add_sessions(database: Database, begin: int, end: int) -> None:
    """Store sessions that are counted already. What is sealed in them is never read."""
    for first in range(begin, end, _BATCH):
        batch = [_row(number) for number in range(first, min(first + _BATCH, end))]
        async with database.writer.begin() as connection:
            await connection.execute(sa.insert(sessions), batch)


def _sums_of(day: date) -> Counter[SumKey]:
    labels: dict[Figure, list[str]] = {
        Figure.SESSIONS: [session_label(kind, result) for kind in Kind for result in Result],
        Figure.TECHNICIAN: [f"tech{number}@example.test" for number in range(TECHNICIANS)],
        Figure.WAIT: [str(wait) for wait in sorted({round_wait(seconds) for seconds in range(86_400)})],
        Figure.CONNECTED: [kind.value for kind in Kind],
        Figure.DELIVERY: [f"{channel}/{state}" for channel in Channel for state in NoticeState],
        Figure.RATING: ["yes", "no"],
    }
    return Counter({SumKey(day, figure, label): 9 for figure, names in labels.items() for label in names})


async def _add_sums(unit_of_work: SqlUnitOfWork) -> None:
    """Store the sums of two years."""
    for place in range(730):
        async with unit_of_work.write() as tx:
            await tx.daily_sums.add(_sums_of(LAST - timedelta(days=place)))


async def _median_ms(
    work: Callable[[], Awaitable[object]], *, before: Callable[[], Awaitable[object]]
) -> float:
    """Return the median of the processor time of a piece of work, in milliseconds. ``before`` is not measured."""
    took = []
    for _round in range(ROUNDS):
        await before()
        begun = time.process_time()
        await work()
        took.append((time.process_time() - begun) * 1000)
    return statistics.median(took)


async def _measure(unit_of_work: SqlUnitOfWork, rows: int) -> tuple[float, float]:
    """Return what a report costs, and what it costs to count one session."""

    async def report() -> None:
        async with unit_of_work.read() as tx:
            made = await read_report(FIRST, LAST, tx)
        assert made.sessions > 0

    async def nothing() -> None:
        return

    found = (
        await _median_ms(report, before=nothing),
        await _median_ms(lambda: count_sessions(unit_of_work), before=lambda: _end_session(unit_of_work)),
    )
    print(f"  {rows:>9,} sessions: report {found[0]:7.2f} ms   count one {found[1]:6.2f} ms", flush=True)
    return found


async def _end_session(unit_of_work: SqlUnitOfWork) -> None:
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
    session = Session(
        id=new_session_id(),
        org_id=OrgId("itdesk"),
        number=RequestNumber("7"),
        kind=Kind.REMOTE,
        technician=Email("tech1@example.test"),
        technician_name="Tom Ray",
        join_token=new_join_token(),
        created_at=now,
    )
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey(session.id), another=True)
        ended = session.ended(now, by=None)
        await tx.sessions.save(ended, known=session)


async def measure(url: str, many: int) -> list[tuple[float, float]]:
    """Fill a database and measure beside few and many sessions."""
    database = Database(url)
    upgrade_schema(database)

    async def nothing(*_arguments: object) -> None:
        return

    unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), nothing)
    await _add_sums(unit_of_work)
    found = []
    stored = 0
    for rows in (FEW, many):
        await _add_sessions(database, stored, rows)
        stored = rows
        found.append(await _measure(unit_of_work, rows))
    await database.close()
    return found


async def measure_rows() -> list[Row]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = await measure(f"sqlite:///{folder}/report.db", MANY)
    return [
        Row("report of a month, a million sessions", many[0], "ms", cpu=many[0]),
        Row("the same, beside a thousand sessions", many[0] / few[0], "×", AtMost(FLAT)),
        Row("counting one session, beside a thousand", many[1] / few[1], "×", AtMost(FLAT)),
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database")
    options.add_argument("--rows", type=int, default=MANY)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(measure(given.database or f"sqlite:///{temporary}/report.db", given.rows))
