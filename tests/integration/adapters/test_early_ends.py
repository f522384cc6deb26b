"""The ends of jobs are stored on the event loop. The engine stores those that were not."""

import ast
import asyncio
import inspect
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import _context, _outcome
from dbos._outcome import Pending
from dbos._sys_db import SystemDatabase
from support.engine_databases import KINDS, new_engine_database, open_system
from support.loop_connections import broken

from adapters.engine import early_ends
from adapters.engine.early_ends import THEN_METHOD, EarlyEnds, end_early_without_threads
from adapters.engine.ends import is_stored, note_stored
from adapters.engine.loop_connection import Ran
from adapters.engine.queue import JobQueue
from bot.jobs import RefreshCards
from bot.model.ids import SessionId
from storage.compiled_statements import KeptStatement, Values
from storage.database import Database

_numbers = itertools.count()
KEYS = [f"k{number}" for number in range(5)]


@pytest.fixture(params=KINDS)
async def database(
    request: pytest.FixtureRequest, postgres_server: str, tmp_path: Path
) -> AsyncIterator[Database]:
    database = new_engine_database(request.param, postgres_server, tmp_path)
    yield database
    await database.close()


@pytest.fixture
def owner() -> str:
    """The owner of the jobs: another one in each test, as in each claim."""
    return f"owner {next(_numbers)}"


@pytest.fixture
async def system(database: Database, owner: str) -> AsyncIterator[SystemDatabase]:
    """The engine's database, with jobs that run in this process."""
    queue = JobQueue(database)
    for key in KEYS:
        async with database.writer.begin() as connection:
            await queue.enqueue(connection, RefreshCards(SessionId(key)), key, 0)
    system = open_system(database)
    jobs = system.tables.workflow_status
    with system.engine.begin() as own:
        own.execute(sa.update(jobs).values(status="PENDING", owner_xid=owner))
    yield system
    system.destroy()
    queue.close()


@pytest.fixture
async def ends(
    system: SystemDatabase, owner: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EarlyEnds]:
    monkeypatch.setattr(
        early_ends, "current_owner_xid", lambda job: "somebody else" if job == KEYS[-1] else owner
    )
    ends = EarlyEnds(system)
    yield ends
    await ends.close()


def states(system: SystemDatabase) -> dict[str, str]:
    jobs = system.tables.workflow_status
    with system.engine.begin() as own:
        return {row[0]: row[1] for row in own.execute(sa.select(jobs.c.workflow_uuid, jobs.c.status))}


async def end_as_the_engine_does(system: SystemDatabase, key: str, owner: str) -> bool:
    return await asyncio.to_thread(
        system.update_workflow_outcome, key, "SUCCESS", output="null", owner_xid=owner
    )


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [(_outcome, THEN_METHOD, "self, next"), (_context, "current_owner_xid", "workflow_id, ctx")],
)
def test_the_engine_as_shipped_has_what_is_changed_or_used(module: Any, name: str, arguments: str) -> None:
    shipped = ast.parse(inspect.getsource(module))
    found = [one for one in ast.walk(shipped) if isinstance(one, ast.FunctionDef) and one.name == name]
    assert arguments in {", ".join(argument.arg for argument in one.args.args) for one in found}


async def test_the_engine_has_nothing_to_store_of_an_end_that_is_stored(
    ends: EarlyEnds, system: SystemDatabase, owner: str
) -> None:
    await asyncio.gather(*(ends.store(key) for key in KEYS))
    assert states(system) == dict.fromkeys(KEYS[:-1], "SUCCESS") | {KEYS[-1]: "PENDING"}
    asked: list[str] = []
    sa.event.listen(system.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert [await end_as_the_engine_does(system, key, owner) for key in KEYS[:-1]] == [True] * 4
    assert asked == []
    assert not await end_as_the_engine_does(system, KEYS[0], owner), "it is known once"
    assert await end_as_the_engine_does(system, KEYS[-1], owner), "another one's end is not ours to store"


async def test_ends_that_come_meanwhile_share_a_transaction(
    ends: EarlyEnds, system: SystemDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    run_all = ends._connection.run_all

    async def note(statement: KeptStatement, together: Sequence[Values]) -> Sequence[Ran]:
        stored.append(len(together))
        return await run_all(statement, together)

    monkeypatch.setattr(ends._connection, "run_all", note)
    first = asyncio.create_task(ends.store(KEYS[0]))
    while not stored:
        await asyncio.sleep(0)
    await asyncio.gather(first, *(ends.store(key) for key in KEYS[1:-1]))
    assert stored == [1, 3]
    assert set(states(system).values()) == {"SUCCESS", "PENDING"}


async def test_end_that_the_database_does_not_take_is_left_to_the_engine(
    ends: EarlyEnds, system: SystemDatabase, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ends.store(KEYS[0])
    with broken(ends._connection, monkeypatch):
        await ends.store(KEYS[1])
    assert (is_stored(KEYS[0], owner), is_stored(KEYS[1], owner)) == (True, False)
    assert await end_as_the_engine_does(system, KEYS[1], owner)
    await ends.store(KEYS[2])
    assert is_stored(KEYS[2], owner), "the next one goes by a new connection"


async def test_end_waits_for_the_write_lock_without_blocking_the_event_loop(
    ends: EarlyEnds, database: Database, owner: str
) -> None:
    await ends.store(KEYS[0])
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE held (id INTEGER)"))
        storing = asyncio.create_task(ends.store(KEYS[1]))
        for _turn in range(20):
            await asyncio.sleep(0)
        assert storing.done() is is_stored(KEYS[1], owner)
        assert not (database.is_sqlite and storing.done()), "another transaction holds SQLite's lock"
    await storing
    assert is_stored(KEYS[1], owner)


async def test_only_an_end_that_is_stored_is_looked_at_on_the_event_loop(
    system: SystemDatabase, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_early_without_threads()

    class Running:
        workflow_id = KEYS[0]

    monkeypatch.setattr(early_ends, "DBOS", Running)
    monkeypatch.setattr(early_ends, "current_owner_xid", lambda _job: owner)
    threads: list[bool] = []

    def store(result: Callable[[], str]) -> str:
        threads.append(threading.current_thread() is threading.main_thread())
        return result()

    async def work() -> str:
        return "done"

    async def break_down() -> str:
        raise ZeroDivisionError

    assert await Pending(work).then(store)() == "done"
    note_stored(system, KEYS[0], owner)
    assert await Pending(work).then(store)() == "done"
    with pytest.raises(ZeroDivisionError):
        await Pending(break_down).then(store)()
    assert threads == [False, True, False]
