"""Measure what answers cost beside few and many sessions: 100, 1,000 and 10,000 open ones, and a million that are over.

    sh scripts/bench growth [--ended 1000000] [--requests 100] [--kind sqlite|postgresql]...

The bot runs without its worker and gets signed slash commands on one connection, as in ``answers``. The sender has 400 open
sessions and one in a hundred of those that are over; all others belong to a hundred other technicians. An answer is flat
if it costs at most ``FLAT`` times the processor time that it costs beside the fewest sessions.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from answers import WARM_UP, Measured, running_server
from answers_data import (
    ORG,
    TECHNICIAN,
    add_open_sessions,
    add_technician,
    delete_sessions,
    empty_log,
    open_storage,
)
from support import postgres
from support.bot import settings_for

from sandbox.environment import Environment
from sandbox.slack import TEAM
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork

FLAT = 1.5
RUNS = 3
OWN = 400
TECHNICIANS = 100
MOST_REQUESTS = OWN // RUNS - WARM_UP
"""How often ``end`` finds a session of the sender in each run."""
OTHERS_FROM = 2_000_000
"""The first request number of the others' sessions."""
KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Size:
    """How many sessions of others are open, and how many sessions are over."""

    opened: int
    ended: int

    def __str__(self) -> str:
        return f"{self.opened:,} open" + (f", {self.ended:,} over" if self.ended else "")


@dataclass(frozen=True, slots=True)
class Work:
    """A command and what its answer holds. ``numbered``: it takes the number of a request, a different one each time."""

    text: str
    holds: bytes
    first_number: int | None = None

    def texts(self) -> Callable[[], str]:
        """Return what makes the text of the next command."""
        if self.first_number is None:
            return lambda: self.text
        numbers = iter(range(self.first_number, sys.maxsize))
        return lambda: f"{self.text} {next(numbers)}"


WORKS = (
    Work("help", b'"blocks"'),
    Work("status", b'"blocks"'),
    Work("list", b'"blocks"'),
    Work("history", b'"blocks"'),
    Work("history", b'"blocks"', 1),
    Work("create", b"Creating a remote session", 9_000_000),
    Work("end", b"Ending the session", 1),
)

# One statement for all rows; both databases understand it. Sealed columns are bound to their row, so they stay empty.
_FILL = """
WITH RECURSIVE series(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM series WHERE n < :last)
INSERT INTO sessions (id, org_id, number, kind, state, version, command_key, technician, technician_name, note, request_url,
  subject, requester_name, account, code, bare_code, join_digest, sealed_join_token, created_at, is_online, stayed_seconds,
  connections, ended_at)
SELECT :state || CAST(n AS TEXT), :org_id, CAST(n AS TEXT), 'remote', :state, 1, 'c' || CAST(n AS TEXT),
  CASE WHEN :has_own AND n % :technicians = 0 THEN :own ELSE 'other' || CAST(n % :technicians AS TEXT) || '@example.test' END,
  'Ines Moreau', '', '', 'VPN fails', 'Ann Lee', 'u1', 's' || CAST(n AS TEXT), 's' || CAST(n AS TEXT),
  :state || CAST(n AS TEXT), :nothing, :created_at, :is_online, 0, '[]', :ended_at
FROM series
"""


async def _add_sessions(unit_of_work: SqlUnitOfWork, state: str, count: int) -> None:
    """Store sessions of the other technicians, and one in a hundred of the sender's own if they are over."""
    now = datetime.now(UTC)
    is_over = state == "ended"
    statement = sa.text(_FILL).bindparams(
        sa.bindparam("created_at", type_=sessions.c.created_at.type),
        sa.bindparam("ended_at", type_=sessions.c.ended_at.type),
        sa.bindparam("is_online", type_=sa.Boolean),
        sa.bindparam("has_own", type_=sa.Boolean),
        *(sa.bindparam(name, type_=sa.Text) for name in ("state", "org_id", "own")),
        *(sa.bindparam(name, type_=sa.Integer) for name in ("first", "last", "technicians")),
    )
    values = {
        "first": OTHERS_FROM,
        "last": OTHERS_FROM + count - 1,
        "state": state,
        "org_id": ORG,
        "own": TECHNICIAN,
        "has_own": is_over,
        "technicians": TECHNICIANS,
        "nothing": b"",
        "created_at": now - timedelta(days=1) if is_over else now,
        "is_online": False,
        "ended_at": now if is_over else None,
    }
    async with unit_of_work._database.writer.begin() as connection:  # noqa: SLF001 - no use case does this
        await connection.execute(statement, values)


async def _fill(unit_of_work: SqlUnitOfWork, size: Size) -> None:
    await delete_sessions(unit_of_work)
    await _add_sessions(unit_of_work, "waiting", size.opened)
    if size.ended:
        await _add_sessions(unit_of_work, "ended", size.ended)
    await add_open_sessions(unit_of_work, OWN, TECHNICIAN, first_number=1)
    database = unit_of_work._database  # noqa: SLF001 - as above
    if database.is_sqlite:
        await empty_log(unit_of_work)
    else:
        async with database.writer.connect() as connection:
            automatic = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await automatic.exec_driver_sql("VACUUM ANALYZE sessions")


async def _measure_size(
    bot: Measured, unit_of_work: SqlUnitOfWork, size: Size, requests: int
) -> dict[str, float]:
    """Return the processor time of each answer in milliseconds."""
    await _fill(unit_of_work, size)
    found = {}
    for work in WORKS:
        texts = work.texts()
        # The best of them: other work on the machine makes a run slower, and never faster.
        runs = [
            await bot.measure(work.text, texts, requests=requests, connections=1, holds=work.holds)
            for _run in range(RUNS)
        ]
        name = work.text if work.first_number is None else f"{work.text} N"
        found[name] = min(run.cpu for run in runs)
        print(f"  {size!s:<30} {name:<10} CPU {found[name]:6.2f} ms", flush=True)
    return found


async def measure(kind: str, sizes: list[Size], requests: int) -> bool:
    """Measure on one kind of database, and print a table. Returns whether every answer is flat."""
    environment = Environment()
    await environment.start()
    with ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/tvbot.db"
        else:
            url = postgres.new_database(stack.enter_context(postgres.cluster()), "growth")
        settings = settings_for(environment, url)
        async with (
            running_server("bot", settings, environment) as bot,
            open_storage(settings) as unit_of_work,
        ):
            await add_technician(unit_of_work, TEAM)
            columns = [await _measure_size(bot, unit_of_work, size, requests) for size in sizes]
    await environment.stop()
    print(f"| CPU on {kind} | {' | '.join(map(str, sizes))} | flat |\n|---|{'---|' * (len(sizes) + 1)}")
    is_flat = True
    for name, first in columns[0].items():
        values = [column[name] for column in columns]
        is_flat &= max(values) <= FLAT * first
        cells = " | ".join(f"{value:.2f} ms" for value in values)
        print(f"| `{name}` | {cells} | {'yes' if max(values) <= FLAT * first else '**no**'} |")
    return is_flat


async def main(kinds: list[str], ended: int, requests: int) -> int:
    """Measure on each kind of database. Return the exit code."""
    sizes = [Size(100, 0), Size(1_000, 0), Size(10_000, 0), Size(10_000, ended)]
    results = [await measure(kind, sizes, requests) for kind in kinds]
    return 0 if all(results) else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--ended", type=int, default=1_000_000)
    options.add_argument("--requests", type=int, default=100, help=f"at most {MOST_REQUESTS}")
    options.add_argument("--kind", action="append", choices=KINDS)
    given = options.parse_args()
    installed = [kind for kind in KINDS if kind == "sqlite" or postgres.is_installed()]
    sys.exit(asyncio.run(main(given.kind or installed, given.ended, min(given.requests, MOST_REQUESTS))))
