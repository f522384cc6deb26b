"""The engine's statements for a job are built once, and not for every job."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos._sys_db import SystemDatabase
from sqlalchemy.dialects import sqlite

from adapters.engine.queue import JobQueue
from adapters.engine.statements import METHOD
from bot.jobs import RefreshCards
from bot.model.ids import SessionId
from storage.database import Database


def test_the_engine_has_the_method_that_is_changed() -> None:
    assert callable(getattr(SystemDatabase, METHOD))


async def test_statements_that_enqueue_a_job_are_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    JobQueue.migrate(database)
    queue = JobQueue(database)
    built: list[str] = []

    def insert(table: sa.Table) -> Any:
        built.append(table.name)
        return sqlite.Insert(table)

    monkeypatch.setattr(sqlite, "insert", insert)
    for number in range(3):
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, RefreshCards(SessionId(f"s{number}")), f"k{number}", 0)
    async with database.reader.connect() as connection:
        query = sa.text("SELECT workflow_uuid, inputs FROM workflow_input ORDER BY workflow_uuid")
        stored: dict[str, str] = {key: inputs for key, inputs in await connection.execute(query)}  # noqa: C416 - a row is no pair for mypy
    assert list(stored) == ["k0", "k1", "k2"]
    assert all(f"s{number}" in stored[f"k{number}"] for number in range(3)), "each has values of its own"
    assert sorted(built) == ["workflow_input", "workflow_status"]
    queue.close()
    await database.close()
