"""Connections to PostgreSQL that break while nobody uses them, as when it is restarted."""

import pytest
import sqlalchemy as sa

from bot.model.switches import Switches
from bot.unit_of_work import UnitOfWork
from storage import kept_connections
from storage.database import Database

OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def break_connections(database: Database) -> None:
    """Let the server end every connection but the one that asks for it."""
    other = Database(database.url.render_as_string(hide_password=False))
    async with other.writer.begin() as connection:
        await connection.execute(OTHERS)
    await other.close()


async def test_transaction_after_idle_connections_broke_gets_a_new_one(
    postgres_database: Database, postgres_unit_of_work: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_connections, "PING_AFTER_SECONDS", 0.0)
    async with postgres_unit_of_work.read() as tx:
        assert (await tx.switches.read()).integration
    async with postgres_unit_of_work.write() as tx:
        await tx.switches.lock()
    await break_connections(postgres_database)
    async with postgres_unit_of_work.read() as tx:
        assert (await tx.switches.read()).integration
    async with postgres_unit_of_work.write() as tx:
        await tx.switches.lock()
        await tx.switches.write(Switches(integration=False))
    async with postgres_unit_of_work.read() as tx:
        assert not (await tx.switches.read()).integration


async def test_connection_of_a_failed_transaction_brings_nothing_to_the_next_one(
    postgres_unit_of_work: UnitOfWork,
) -> None:
    async def write_and_fail() -> None:
        async with postgres_unit_of_work.write() as tx:
            await tx.switches.write(Switches(integration=False))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with postgres_unit_of_work.write() as tx:
        assert (await tx.switches.lock()).integration


async def test_connection_whose_commit_failed_begins_a_new_transaction_next(
    postgres_database: Database,
) -> None:
    """The error comes with the COMMIT, because the statement was put off. The pool must not give that transaction to the next one."""

    async def fail_with_the_commit() -> None:
        async with postgres_database.begin_shared() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            driver.put_off(b"SELECT 1 / $1::integer", [0])

    for _time in range(2):
        with pytest.raises(sa.exc.DBAPIError):
            await fail_with_the_commit()
        async with postgres_database.begin_shared() as connection:
            assert await connection.scalar(sa.text("SELECT 1")) == 1


async def test_connection_that_was_just_used_is_not_asked(
    postgres_database: Database, postgres_unit_of_work: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    @sa.event.listens_for(postgres_database.reader.sync_engine, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        asked.append(statement)

    pings: list[object] = []
    monkeypatch.setattr(postgres_database.reader.sync_engine.dialect, "do_ping", pings.append)
    for _transaction in range(3):
        async with postgres_unit_of_work.read() as tx:
            await tx.switches.read()
    assert (len(asked), pings) == (3, [])
