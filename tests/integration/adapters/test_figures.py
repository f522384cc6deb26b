"""The figures of the database become metrics, whose series are there also where there is nothing to count."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError
from support.clock import Clock

from adapters import figures as module
from adapters.engine.queue import JobQueue
from adapters.figures import DatabaseFigures
from bot.jobs import RefreshTechnicians
from bot.model.ids import OrgId
from storage.database import Database
from storage.migrate import upgrade_schema


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/tvbot.db")
    upgrade_schema(database)
    JobQueue.migrate(database)
    yield database
    await database.close()


async def test_every_series_has_a_value(database: Database) -> None:
    queue = JobQueue(database)
    async with database.writer.begin() as connection:
        await queue.enqueue(connection, RefreshTechnicians(), "now", 0)
    queue.close()
    clock = Clock()
    await DatabaseFigures(database, OrgId("itdesk"), clock, _seven_seconds).read()
    for name, labels, value in (
        ("tvbot_open_sessions", {"state": "waiting"}, 0),
        ("tvbot_recent_sessions", {"state": "failed"}, 0),
        ("tvbot_recent_notices", {"channel": "sms", "state": "unsure"}, 0),
        ("tvbot_tokens", {"system": "servicedesk", "state": "lost"}, 0),
        ("tvbot_waiting_jobs", {"queue": "look_up"}, 1),
        ("tvbot_waiting_jobs", {"queue": "create"}, 0),
        ("tvbot_oldest_waiting_job_seconds", {"queue": "create"}, 0),
        ("tvbot_last_round_age_seconds", {}, 7),
        ("tvbot_figures_read_timestamp_seconds", {}, clock().timestamp()),
    ):
        assert REGISTRY.get_sample_value(name, labels) == value, name


async def test_database_that_is_away_for_a_while_ends_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_EVERY_SECONDS", 0)
    rounds, is_read = 0, asyncio.Event()

    async def fail_once() -> float:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise OperationalError("SELECT", {}, Exception("away"))
        is_read.set()
        return 0.0

    figures = DatabaseFigures(database, OrgId("itdesk"), Clock(), fail_once)
    figures.start()
    async with asyncio.timeout(60):
        await is_read.wait()
    await figures.stop()


async def test_figures_that_were_never_read_are_stopped(database: Database) -> None:
    await DatabaseFigures(database, OrgId("itdesk"), Clock(), _seven_seconds).stop()


async def _seven_seconds() -> float:
    return 7.0
