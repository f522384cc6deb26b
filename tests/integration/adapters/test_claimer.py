"""The claimer takes the jobs that may run at the same time, up to the limit, and starts each on the event loop."""

import ast
import asyncio
import inspect
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from dbos import DBOS, _core, _event_loop
from dbos._sys_db import SystemDatabase, WorkflowStatusInternal
from support.engine_databases import KINDS, new_engine_database, open_system
from support.loop_connections import broken
from support.slack_user import until

from adapters.engine import claimer
from adapters.engine.claimer import Claimer, start_on_the_event_loop
from adapters.engine.outcomes import Outcomes
from adapters.engine.queue import JobQueue
from bot.jobs import Job, RefreshCards, Sweep, queue_name
from bot.model.ids import SessionId
from storage.database import Database
from storage.tables import step_outcomes

PART = queue_name(RefreshCards(SessionId("s")))
LONG = 60.0
"""Seconds that no test waits: without a wake it would fail by this."""


@pytest.fixture(params=KINDS)
async def database(
    request: pytest.FixtureRequest, postgres_server: str, tmp_path: Path
) -> AsyncIterator[Database]:
    database = new_engine_database(request.param, postgres_server, tmp_path)
    async with database.writer.begin() as connection:
        await connection.run_sync(step_outcomes.create)
    yield database
    await database.close()


@pytest.fixture
async def system(database: Database) -> AsyncIterator[SystemDatabase]:
    system = open_system(database)
    yield system
    system.destroy()


@pytest.fixture
async def enqueue(database: Database) -> AsyncIterator[Callable[..., Any]]:
    queue = JobQueue(database)

    async def enqueue(key: str, job: Job | None = None, delay: int = 0) -> None:
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, job or RefreshCards(SessionId(key)), key, delay)

    yield enqueue
    queue.close()


class Process:
    """A process that claims jobs, and notes what it has started."""

    def __init__(self, system: SystemDatabase, name: str) -> None:
        self.running = 0
        self.started: list[tuple[WorkflowStatusInternal, str]] = []
        loop = SimpleNamespace(submit_coroutine=None, target_loop=asyncio.get_running_loop)
        engine = SimpleNamespace(
            _sys_db=system,
            _active_workflows_set=SimpleNamespace(
                count_for_partition=lambda _queue, part: self.running * (part == PART)
            ),
            _background_event_loop=loop,
            process=self,
        )
        self.claimer = Claimer(cast("DBOS", engine), name, poll_seconds=LONG)

    @property
    def keys(self) -> list[str]:
        return [job["workflow_uuid"] for job, _owner in self.started]

    async def look(self) -> list[str]:
        """Look once, and return the keys of the jobs that it has started."""
        self.started.clear()
        await self.claimer._claim_and_start()
        return self.keys


@pytest.fixture(autouse=True)
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(engine: Any, job: WorkflowStatusInternal, owner: str) -> None:
        if job["workflow_uuid"] == "breaks":
            raise ValueError("it cannot be started")
        engine.process.started.append((job, owner))

    monkeypatch.setattr(claimer, "execute_dequeued_workflow", start)


@pytest.fixture
async def process(system: SystemDatabase) -> AsyncIterator[Process]:
    process = Process(system, "us")
    yield process
    await process.claimer.stop()


@pytest.fixture
async def other(system: SystemDatabase) -> AsyncIterator[Process]:
    process = Process(system, "others")
    yield process
    await process.claimer.stop()


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        (_core, "execute_dequeued_workflow", "dbos, status, owner_xid"),
        (_event_loop, "submit_coroutine", "self, coro"),
        (_event_loop, "target_loop", "self"),
        (_core, "count_for_partition", "self, queue_name, queue_partition_key"),
    ],
)
def test_the_engine_as_shipped_has_what_is_changed_or_used(module: Any, name: str, arguments: str) -> None:
    shipped = ast.parse(inspect.getsource(module))
    found = [one for one in ast.walk(shipped) if isinstance(one, ast.FunctionDef) and one.name == name]
    assert arguments in {", ".join(argument.arg for argument in one.args.args) for one in found}


async def test_a_look_takes_the_first_jobs_of_each_part_up_to_the_limit(
    system: SystemDatabase,
    enqueue: Callable[..., Any],
    process: Process,
    other: Process,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a job that was claimed, another process gets nothing."""
    for number in range(4):
        await enqueue(f"k{number}")
    jobs = system.tables.workflow_status
    with system.engine.begin() as own:
        for number in range(4):
            # In the order of their keys, although they may have come in the same millisecond.
            order = sa.update(jobs).values(created_at=100 - number)
            own.execute(order.where(jobs.c.workflow_uuid == f"k{number}"))
    await enqueue("later", delay=60)
    monkeypatch.setattr(claimer, "AT_ONCE", 5)
    process.running = 5
    assert await process.look() == []
    process.running = 3
    assert await process.look() == ["k3", "k2"]
    [first_owner] = {owner for _job, owner in process.started}
    await enqueue("other part", Sweep(1))
    assert sorted(await other.look()) == ["k0", "k1", "other part"]
    assert first_owner not in {owner for _job, owner in other.started}
    assert await process.look() == await other.look() == []
    columns = (jobs.c.status, jobs.c.owner_xid, jobs.c.executor_id, jobs.c.recovery_attempts)
    with system.engine.begin() as own:
        [marked] = own.execute(sa.select(*columns).where(jobs.c.workflow_uuid == "k2"))
    assert tuple(marked) == ("PENDING", first_owner, "us", 1)


async def test_claimed_job_is_as_the_engine_reads_it(
    system: SystemDatabase, enqueue: Callable[..., Any], process: Process
) -> None:
    await enqueue("one")
    await enqueue("two", Sweep(1))
    assert sorted(await process.look()) == ["one", "two"]
    by_key = {job["workflow_uuid"]: job for job, _owner in process.started}
    as_shipped = system.get_workflow_statuses(list(by_key))
    assert len(as_shipped) == 2
    for shipped in as_shipped:
        assert set(by_key[shipped["workflow_uuid"]].items()) ^ set(shipped.items()) == set()


async def test_whether_outcomes_are_stored_is_read_with_the_claim(
    database: Database, enqueue: Callable[..., Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("new", "run before"):
        await enqueue(key)
    await Outcomes(database).store("run before", "call", {})
    await process.look()
    owners = {job["workflow_uuid"]: owner for job, owner in process.started}
    monkeypatch.setattr(claimer, "current_owner_xid", owners.get)
    asked = ("new", "run before", "new", "claimed elsewhere")
    assert [process.claimer.has_no_outcomes(key) for key in asked] == [True, False, False, False]


async def test_job_that_another_process_had_meanwhile_asks_for_its_outcomes(
    system: SystemDatabase,
    enqueue: Callable[..., Any],
    process: Process,
    other: Process,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its first run here ended before it asked, so what was noted with that claim is outdated."""
    await enqueue("moved")
    await process.look()
    jobs = system.tables.workflow_status
    with system.engine.begin() as own:
        own.execute(sa.update(jobs).values(status="ENQUEUED"))
    assert await other.look() == ["moved"]
    monkeypatch.setattr(claimer, "current_owner_xid", lambda _key: other.started[0][1])
    assert not process.claimer.has_no_outcomes("moved")


async def test_look_that_gets_no_answer_is_given_up(
    enqueue: Callable[..., Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the next looks nor a stop wait for it."""
    monkeypatch.setattr(claimer, "LOOK_SECONDS", 0.05)
    warned = asyncio.Event()
    monkeypatch.setattr(claimer.log, "warning", lambda *_given, **_named: warned.set())
    read, calls = process.claimer._connection.read, itertools.count()

    async def answer_the_second(*given: Any) -> Any:
        if next(calls) == 0:
            await asyncio.Event().wait()
        return await read(*given)

    monkeypatch.setattr(process.claimer._connection, "read", answer_the_second)
    await enqueue("waits")
    process.claimer.start()
    await warned.wait()
    process.claimer.wake()
    await until(lambda: process.keys == ["waits"])


async def test_it_looks_at_once_when_it_is_woken(enqueue: Callable[..., Any], process: Process) -> None:
    await enqueue("first")
    process.claimer.start()
    await until(lambda: process.keys == ["first"])
    await enqueue("second")
    process.claimer.wake()
    await until(lambda: process.keys == ["first", "second"])
    assert process.claimer.runs
    await process.claimer.stop()
    assert not process.claimer.runs


async def test_it_looks_again_where_the_database_was_away(
    enqueue: Callable[..., Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    monkeypatch.setattr(claimer.log, "warning", lambda *_given, **_named: failed.set())
    await enqueue("first")
    process.claimer.start()
    await until(lambda: process.keys == ["first"])
    await enqueue("second")
    with broken(process.claimer._connection, monkeypatch):
        process.claimer.wake()
        await failed.wait()
        assert process.keys == ["first"]
    process.claimer.wake()
    await until(lambda: process.keys == ["first", "second"])


async def test_it_goes_on_after_an_error_that_nobody_expects(
    enqueue: Callable[..., Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[str] = []
    monkeypatch.setattr(claimer.log, "error", lambda _event, **named: errors.append(named["error"]))
    await enqueue("breaks")
    await enqueue("good")
    assert await process.look() == ["good"]
    as_written = process.claimer._make_claim

    def break_once(part: str) -> Any:
        monkeypatch.setattr(process.claimer, "_make_claim", as_written)
        raise KeyError(part)

    monkeypatch.setattr(process.claimer, "_make_claim", break_once)
    await enqueue("next")
    process.claimer.start()
    await until(lambda: errors == ["ValueError", "KeyError"])
    process.claimer.wake()
    await until(lambda: "next" in process.keys)


async def test_stop_lets_a_look_start_what_it_has_claimed(
    enqueue: Callable[..., Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enqueue("claimed")
    begun, may_end = asyncio.Event(), asyncio.Event()
    run_all = process.claimer._connection.run_all

    async def claim_slowly(*given: Any) -> Any:
        ran = await run_all(*given)
        begun.set()
        await may_end.wait()
        return ran

    monkeypatch.setattr(process.claimer._connection, "run_all", claim_slowly)
    process.claimer.start()
    await begun.wait()
    stopping = asyncio.create_task(process.claimer.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    may_end.set()
    await stopping
    assert process.keys == ["claimed"]


async def test_engine_starts_a_job_from_its_own_event_loop() -> None:
    """From a thread it waits for the event loop, as shipped. A start that waits for anything is refused."""
    waited: list[str] = []
    here = asyncio.get_running_loop()

    def submit_as_shipped(coroutine: Coroutine[Any, Any, object]) -> str:
        coroutine.close()
        waited.append("waited")
        return "as shipped"

    loops = SimpleNamespace(submit_coroutine=submit_as_shipped, target_loop=lambda: here)
    start_on_the_event_loop(cast("DBOS", SimpleNamespace(_background_event_loop=loops)))

    async def start() -> str:
        return threading.current_thread().name

    async def wait() -> None:
        await asyncio.sleep(0)

    assert loops.submit_coroutine(start()) == threading.current_thread().name
    assert await asyncio.to_thread(loops.submit_coroutine, start()) == "as shipped"
    assert waited == ["waited"]
    with pytest.raises(RuntimeError, match="waits for something"):
        loops.submit_coroutine(wait())
