"""A burst of transactions opens connections once. The next burst uses them again."""

import asyncio

import sqlalchemy as sa

from storage.database import POSTGRESQL_POOL_SIZE, Database


async def _burst(database: Database) -> None:
    """Run more transactions at the same time than there are connections."""

    async def write() -> None:
        async with database.begin_shared() as connection:
            await connection.execute(sa.text("SELECT 1"))

    await asyncio.gather(*(write() for _ in range(5 * POSTGRESQL_POOL_SIZE)))


async def test_connections_of_a_burst_stay_open(database: Database) -> None:
    """To open one takes a process of PostgreSQL, and each statement is prepared again on it."""
    await _burst(database)
    changes: list[str] = []

    def note_connect(*_connection: object) -> None:
        changes.append("opened")

    def note_close(*_connection: object) -> None:
        changes.append("closed")

    pool = database.writer.sync_engine.pool
    sa.event.listen(pool, "connect", note_connect)
    sa.event.listen(pool, "close", note_close)
    for _ in range(3):
        await _burst(database)
    assert changes == []
