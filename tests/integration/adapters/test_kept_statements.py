"""What the engine does for each job: its statements are built once, and it claims only where a job waits."""

import ast
import asyncio
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import EnqueueOptions, _sys_db
from dbos._sys_db import SystemDatabase, WorkflowStatuses
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.engine.ends import ONE_STATEMENT_METHOD, OUTCOME_METHOD, Ends
from adapters.engine.fences import SERIALIZER, VERSION
from adapters.engine.queue import IN_ORDER, PARALLEL, WORKFLOW, JobQueue
from adapters.engine.statements import (
    KEEP_QUEUE_SECONDS,
    METHOD,
    QUEUE_METHOD,
    SCOPES_METHOD,
    VERSION_METHOD,
)
from bot.jobs import JOB_CODEC, RefreshCards, queue_name
from bot.model.ids import SessionId
from storage.database import Database


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        (METHOD, "self, conn, name, values, build"),
        (VERSION_METHOD, "self, app_version, c"),
        (SCOPES_METHOD, "self, queue_name"),
        (QUEUE_METHOD, "self, name"),
        (OUTCOME_METHOD, "self, workflow_id, status"),
        (ONE_STATEMENT_METHOD, "self"),
        ("_now_ms_sql", "self"),
        ("_in_flight_status_prover", "self"),
    ],
)
def test_the_engine_as_shipped_has_what_is_changed_or_used(method: str, arguments: str) -> None:
    shipped = ast.parse(inspect.getsource(_sys_db))
    found = [one for one in ast.walk(shipped) if isinstance(one, ast.FunctionDef) and one.name == method]
    assert arguments in {", ".join(argument.arg for argument in one.args.args) for one in found}


def _open_engine(database: Database) -> SystemDatabase:
    return SystemDatabase.create(
        system_database_url=database.sync_url.render_as_string(hide_password=False),
        engine_kwargs={},
        engine=None,
        schema=None,
        serializer=SERIALIZER,
        executor_id=None,
    )


def _register(engine: SystemDatabase, name: str) -> None:
    engine.upsert_queue(
        name=name,
        concurrency=None,
        worker_concurrency=None,
        rate_limit_max=None,
        rate_limit_period_sec=None,
        polling_interval_sec=1.0,
        update_existing=True,
    )


async def test_how_a_queue_is_configured_is_read_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    JobQueue.migrate(database)
    queue = JobQueue(database)
    engine = _open_engine(database)
    read: list[str] = []
    sa.event.listen(engine.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    assert [engine.get_queue("none") for _look in range(2)] == [None, None]
    assert len(read) == 2, "one that is missing may be registered at any time"
    _register(engine, "ours")
    read.clear()
    looks = [engine.get_queue("ours") for _look in range(3)]
    assert (len(read), {queue.name for queue in looks if queue}) == (1, {"ours"})
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + KEEP_QUEUE_SECONDS)
    assert engine.get_queue("ours") is not looks[0]
    engine.destroy()
    queue.close()
    await database.close()


async def test_a_queue_is_looked_at_only_while_a_job_waits_in_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    JobQueue.migrate(database)
    queue = JobQueue(database)
    async with database.writer.begin() as connection:
        await queue.enqueue(connection, RefreshCards(SessionId("s1")), "k1", 0)
    engine = _open_engine(database)
    assert (engine.dequeue_scopes(PARALLEL), engine.dequeue_scopes(IN_ORDER)) == ([None], [])
    engine.destroy()
    queue.close()
    await database.close()


async def test_only_the_owner_of_a_job_ends_it_once(database_url: str) -> None:
    """Nothing is stored as the result of a job, except an error."""
    database = Database(database_url)
    JobQueue.migrate(database)
    queue = JobQueue(database)
    for key in ("good", "bad"):
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, RefreshCards(SessionId(key)), key, 0)
    engine = _open_engine(database)
    jobs = engine.tables.workflow_status
    with engine.engine.begin() as own:
        own.execute(sa.update(jobs).values(status="PENDING", owner_xid="us"))

    def end(key: str, owner: str, *, error: str | None = None) -> bool:
        status: WorkflowStatuses = "ERROR" if error else "SUCCESS"
        return engine.update_workflow_outcome(key, status, output="null", error=error, owner_xid=owner)

    assert [end("good", "others"), end("good", "us"), end("good", "us")] == [False, True, False]
    assert end("bad", "us", error="it broke")
    outcomes = engine.tables.workflow_output
    with engine.engine.begin() as own:
        ended = {tuple(row) for row in own.execute(sa.select(jobs.c.workflow_uuid, jobs.c.status))}
        stored = own.execute(sa.select(outcomes.c.workflow_uuid, outcomes.c.error)).all()
    assert ended == {("good", "SUCCESS"), ("bad", "ERROR")}
    assert [tuple(row) for row in stored] == [("bad", "it broke")]
    engine.destroy()
    queue.close()
    await database.close()


async def test_jobs_that_end_at_the_same_time_are_stored_together(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one gets its own answer, and all of them get an error."""
    database = Database(database_url)
    JobQueue.migrate(database)
    queue = JobQueue(database)
    keys = [f"k{number}" for number in range(6)]
    for key in keys:
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, RefreshCards(SessionId(key)), key, 0)
    engine = _open_engine(database)
    jobs = engine.tables.workflow_status
    with engine.engine.begin() as own:
        own.execute(sa.update(jobs).values(status="PENDING", owner_xid="us"))
    ends = Ends(engine)
    begun, may_go_on, commits = threading.Event(), threading.Event(), []

    def hold_the_first(_connection: sa.Connection) -> None:
        commits.append("commit")
        begun.set()
        may_go_on.wait(20)

    sa.event.listen(engine.engine, "commit", hold_the_first)
    with ThreadPoolExecutor(len(keys)) as threads:
        first = threads.submit(ends.store, "SUCCESS", keys[0], "us")
        assert begun.wait(20)
        others = [threads.submit(ends.store, "SUCCESS", key, "us") for key in keys[1:-1]]
        others.append(threads.submit(ends.store, "SUCCESS", keys[-1], "somebody else"))
        while len(ends._waiting) < len(others):
            await asyncio.sleep(0.01)  # a thread that waits tells nobody
        may_go_on.set()
        stored = [first.result(20), *(one.result(20) for one in others)]
        assert (stored, len(commits)) == ([True] * 5 + [False], 2)
        monkeypatch.setattr(ends, "_statement", "no SQL")
        with pytest.raises(sa.exc.DBAPIError):
            ends.store("SUCCESS", keys[-1], "us")
    monkeypatch.undo()
    assert ends.store("SUCCESS", keys[-1], "us"), "the next one is stored"
    engine.destroy()
    queue.close()
    await database.close()


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


async def test_enqueued_job_is_stored_as_the_engine_would_store_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enqueued four times by the bot, and once by the engine itself. Of one key only the first job is stored."""
    database = Database(database_url)
    JobQueue.migrate(database)
    queue = JobQueue(database)
    job, by_sqlalchemy = RefreshCards(SessionId("s1")), []
    execute = AsyncConnection.execute

    async def count(connection: AsyncConnection, *given: Any, **options: Any) -> Any:
        by_sqlalchemy.append(given)
        return await execute(connection, *given, **options)

    monkeypatch.setattr(AsyncConnection, "execute", count)
    for key in ("first", "second", "third", "third"):
        by_sqlalchemy.clear()
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, job, key, 30)
    assert by_sqlalchemy == []
    monkeypatch.undo()
    options = EnqueueOptions(
        workflow_name=WORKFLOW,
        queue_name=PARALLEL,
        queue_partition_key=queue_name(job),
        workflow_id="as shipped",
        app_version=VERSION,
        delay_seconds=30.0,
    )
    async with database.writer.begin() as connection:
        await connection.run_sync(
            lambda own: queue._client.enqueue_in_transaction(own, options, JOB_CODEC.encode(job))
        )
    engine = _open_engine(database)
    jobs, inputs = engine.tables.workflow_status, engine.tables.workflow_input
    query = sa.select(*jobs.c, inputs.c.inputs).join(inputs, inputs.c.workflow_uuid == jobs.c.workflow_uuid)
    with engine.engine.begin() as own:
        stored = {row["workflow_uuid"]: dict(row) for row in own.execute(query).mappings()}
    engine.destroy()
    queue.close()
    await database.close()
    assert stored.keys() == {"first", "second", "third", "as shipped"}
    differ = {name for name, value in stored["as shipped"].items() if value != stored["third"][name]}
    assert differ <= {"workflow_uuid", "creator_xid", "created_at", "updated_at", "delay_until_epoch_ms"}
