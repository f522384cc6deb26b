"""A bot that cannot work says so, with what to do: no space, no right to write, wrong keys, no worker, no rounds."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from support.clock import Clock

from adapters import fitness as fitness_module
from adapters.fitness import Fitness
from bot.jobs import Job
from bot.model.ids import OrgId
from storage.canary import check_keys
from storage.database import Database
from storage.explain import explain_database_error
from storage.migrate import downgrade_schema, upgrade_schema
from storage.tables import replicas
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

ORG = OrgId("itdesk")


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return


class _SteadyClock:
    """Stands for the clock that nobody can set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def steady_clock(monkeypatch: pytest.MonkeyPatch) -> _SteadyClock:
    steady = _SteadyClock()
    monkeypatch.setattr(fitness_module, "time", steady)
    return steady


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    upgrade_schema(database)
    yield database
    await database.close()


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
def unit_of_work(database: Database, vault: Vault) -> SqlUnitOfWork:
    return SqlUnitOfWork(database, vault, ORG, _enqueue_nothing)


@pytest.fixture
async def fitness(
    database: Database, vault: Vault, unit_of_work: SqlUnitOfWork, clock: Clock, steady_clock: _SteadyClock
) -> Fitness:
    """A process without a worker, in a database that was started before."""
    assert steady_clock.seconds
    await check_keys(database, vault, ORG)
    return _fitness(database, vault, unit_of_work, clock)


def _fitness(database: Database, vault: Vault, unit_of_work: SqlUnitOfWork, clock: Clock) -> Fitness:
    return Fitness(
        database=database,
        vault=vault,
        org_id=ORG,
        unit_of_work=unit_of_work,
        find_worker_problem=None,
        sweep_seconds=30,
        dead_after=30,
        clock=clock,
    )


async def _problems(fitness: Fitness) -> Mapping[str, str | None]:
    return {name: await check() for name, check in fitness.checks().items() if name != "worker"}


async def test_bot_that_can_work_has_no_problem(fitness: Fitness) -> None:
    assert set((await _problems(fitness)).values()) == {None}


async def test_checks_open_no_connection_once_they_have_run(fitness: Fitness) -> None:
    """They run every few seconds. SQLAlchemy also keeps what belongs to its last 128 engines on PostgreSQL."""
    await _problems(fitness)
    opened: list[object] = []

    def note(*connection: object) -> None:
        opened.append(connection)

    sa.event.listen(sa.Pool, "connect", note)
    try:
        await _problems(fitness)
    finally:
        sa.event.remove(sa.Pool, "connect", note)
    assert opened == []


async def test_schema_that_is_behind_is_a_problem(fitness: Fitness, database: Database) -> None:
    downgrade_schema(database, "0010")
    assert await fitness.find_schema_problem() == "the schema is behind: run `tvbot db upgrade`"


async def test_schema_of_the_next_version_is_no_problem_for_a_process_that_runs(
    fitness: Fitness, database: Database
) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9998'"))
    assert await fitness.find_schema_problem() is None


async def test_wrong_keys_are_a_problem(
    fitness: Fitness, database: Database, unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    other = _fitness(database, Vault([new_key()]), unit_of_work, clock)
    assert "TVBOT_SECRET_KEYS: lacks the key" in str(await other.find_database_problem())
    assert await fitness.find_database_problem() is None


async def test_database_that_is_read_only_is_named(fitness: Fitness, database: Database) -> None:
    await _make_read_only(database)
    problem = await fitness.find_database_problem()
    assert problem == (
        "the database cannot be written; check the permissions of its file and folder"
        if database.is_sqlite
        else "the database is read-only; connect to the primary server, or make it writable"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_full_disk_is_named(
    fitness: Fitness, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit for the size of the file gives the error of a full disk, which a probe then meets."""
    async with database.writer.connect() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(OperationalError) as full:
            await connection.exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(1000000)")
    assert explain_database_error(full.value) == "the disk is full; free some space for the database"

    async def probe_full_disk(*_arguments: object) -> None:
        raise full.value

    monkeypatch.setattr(fitness_module, "probe_database", probe_full_disk)
    assert await fitness.find_database_problem() == "the disk is full; free some space for the database"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_process_without_a_worker_needs_one_elsewhere(fitness: Fitness, database: Database) -> None:
    assert await fitness.find_worker_problem() == "no process does the background work: start `tvbot worker`"
    now = sa.func.extract("epoch", sa.func.clock_timestamp())
    async with database.writer.begin() as connection:
        await connection.execute(sa.insert(replicas).values(executor_id="other", beat_at=now))
    assert await fitness.find_worker_problem() is None
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(replicas).values(beat_at=now - 31))
    assert await fitness.find_worker_problem() is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_process_without_a_worker_on_sqlite_has_none_elsewhere(fitness: Fitness) -> None:
    assert await fitness.find_worker_problem() == "no process does the background work: start `tvbot worker`"


async def test_round_that_is_not_completed_is_late(
    fitness: Fitness, unit_of_work: SqlUnitOfWork, clock: Clock, steady_clock: _SteadyClock
) -> None:
    """A round that began and goes on without end is late as well. After a start the first round has time."""
    await _complete_round(unit_of_work, clock)
    clock.move(days=1)
    assert await fitness.find_late_rounds() is None, "the process has just started"
    _pass(clock, steady_clock, seconds=151)
    async with unit_of_work.write() as tx:
        assert await tx.rounds.begin(clock(), timedelta(seconds=30))
    assert await fitness.find_late_rounds() == "the last round was completed 151 s ago"
    await _complete_round(unit_of_work, clock)
    assert await fitness.find_late_rounds() is None
    _pass(clock, steady_clock, seconds=149)
    assert await fitness.find_late_rounds() is None
    _pass(clock, steady_clock, seconds=2)
    assert await fitness.find_late_rounds() == "the last round was completed 151 s ago"


async def test_late_round_is_found_although_the_clock_was_set_back(
    fitness: Fitness, unit_of_work: SqlUnitOfWork, clock: Clock, steady_clock: _SteadyClock
) -> None:
    await _complete_round(unit_of_work, clock)
    assert await fitness.find_late_rounds() is None
    clock.move(hours=-1)
    assert await fitness.find_late_rounds() is None
    _pass(clock, steady_clock, seconds=151)
    assert await fitness.find_late_rounds() == "the last round was completed 151 s ago"


async def _complete_round(unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        await tx.rounds.begin(clock(), timedelta(seconds=30))
        await tx.rounds.complete(clock())


def _pass(clock: Clock, steady_clock: _SteadyClock, *, seconds: int) -> None:
    clock.move(seconds=seconds)
    steady_clock.seconds += seconds


async def _make_read_only(database: Database) -> None:
    async with database.writer.connect() as connection:
        statement = (
            "PRAGMA query_only=ON"
            if database.is_sqlite
            else "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
        )
        await connection.exec_driver_sql(statement)
        await connection.commit()
