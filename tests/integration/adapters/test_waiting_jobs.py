"""How long jobs wait that could run, on both databases."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.engine.queue import JobQueue
from adapters.engine.waiting import find_waiting_jobs, oldest_waiting_seconds
from bot.commands import Help, encode_command
from bot.jobs import IdentifyUser, RefreshTechnicians
from bot.model.ids import CommandKey
from bot.model.technician import Actor, Platform
from storage.database import Database
from storage.migrate import upgrade_schema


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_only_jobs_that_could_run_count_as_waiting(database: Database) -> None:
    upgrade_schema(database)
    assert await oldest_waiting_seconds(database) is None, "no tvbot has started here"
    JobQueue.migrate(database)
    assert await oldest_waiting_seconds(database) == 0
    queue = JobQueue(database)
    async with database.writer.begin() as connection:
        await queue.enqueue(connection, RefreshTechnicians(), "later", 3600)
        await _age(database, connection)
    assert await oldest_waiting_seconds(database) == 0, "its time has not come"
    async with database.writer.begin() as connection:
        await queue.enqueue(connection, RefreshTechnicians(), "now", 0)
        await _age(database, connection)
    queue.close()
    seconds = await oldest_waiting_seconds(database)
    assert seconds is not None
    assert 7200 <= seconds < 7200 + 600


async def test_waiting_jobs_are_counted_by_queue_and_no_queue_names_a_sender(database: Database) -> None:
    upgrade_schema(database)
    JobQueue.migrate(database)
    assert await find_waiting_jobs(database) == {}
    queue = JobQueue(database)
    async with database.writer.begin() as connection:
        for user in ("U1", "U2"):
            job = IdentifyUser(Actor(Platform.SLACK, "T1", user), CommandKey("k1"), encode_command(Help()))
            await queue.enqueue(connection, job, f"identify:{user}", 0)
        await queue.enqueue(connection, RefreshTechnicians(), "later", 3600)
        await _age(database, connection)
    queue.close()
    waiting = await find_waiting_jobs(database)
    assert set(waiting) == {"sender"}
    count, seconds = waiting["sender"]
    assert count == 2
    assert 7200 <= seconds < 7200 + 600


async def _age(database: Database, connection: AsyncConnection) -> None:
    """Let all jobs have been enqueued two hours ago."""
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    moved = "created_at = created_at - 7200000, updated_at = updated_at - 7200000"
    await connection.execute(sa.text(f"UPDATE {table} SET {moved}"))  # noqa: S608 - constants
