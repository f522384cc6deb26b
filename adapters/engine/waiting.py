"""How long jobs wait before a worker takes them."""

import time
from collections.abc import Mapping

import sqlalchemy as sa

from adapters.engine.fences import jobs_table
from storage.database import Database

WaitingJobs = Mapping[str, tuple[int, float]]
"""By queue: how many jobs wait that could run now, and for how many seconds the oldest of them waits."""


async def oldest_waiting_seconds(database: Database) -> float | None:
    """Return for how long the oldest job waits that could run now, 0 if none waits. None: the engine has no tables yet.

    A job with a delay waits only after it. The engine updates its row then. Raises SQLAlchemyError.
    """
    query = sa.text(
        f"SELECT MIN(COALESCE(updated_at, created_at)) FROM {jobs_table(database)} WHERE status = 'ENQUEUED'"  # noqa: S608 - a constant
    )
    async with database.reader.connect() as connection:
        if not await connection.run_sync(_has_engine):
            return None
        oldest = (await connection.execute(query)).scalar_one_or_none()
    return 0.0 if oldest is None else max(time.time() - oldest / 1000, 0.0)


async def find_waiting_jobs(database: Database) -> WaitingJobs:
    """Return the waiting jobs, by the queue without what it is divided by: a sender's queue names the sender.

    Raises SQLAlchemyError.
    """
    columns = "queue_partition_key, COUNT(*), MIN(COALESCE(updated_at, created_at))"
    query = sa.text(
        f"SELECT {columns} FROM {jobs_table(database)} WHERE status = 'ENQUEUED' GROUP BY queue_partition_key"  # noqa: S608 - constants
    )
    found: dict[str, tuple[int, float]] = {}
    async with database.reader.connect() as connection:
        for partition, count, oldest in await connection.execute(query):
            queue = (partition or "").partition("/")[0]
            before, longest = found.get(queue, (0, 0.0))
            found[queue] = (before + count, max(longest, time.time() - oldest / 1000))
    return found


def _has_engine(connection: sa.Connection) -> bool:
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    return sa.inspect(connection).has_table("workflow_status", schema=schema)
