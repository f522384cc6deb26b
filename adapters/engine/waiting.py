"""How long jobs wait before a worker takes them."""

import time

import sqlalchemy as sa

from adapters.engine.fences import jobs_table
from storage.database import Database


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


def _has_engine(connection: sa.Connection) -> bool:
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    return sa.inspect(connection).has_table("workflow_status", schema=schema)
