"""Reads and writes of one transaction that begin together, and a read after its commit. On PostgreSQL each is one message."""

import asyncio

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.sessions import make_session

from bot.model.ids import CommandKey
from bot.model.session import Session
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.values import replace
from storage.database import Database
from storage.kept_statements import fetch_rows, run_together
from storage.unit_of_work import SqlUnitOfWork

KEY = CommandKey("k1")


@pytest.fixture
async def session(unit_of_work: UnitOfWork, clock: Clock) -> Session:
    async with unit_of_work.write() as tx:
        return await tx.sessions.open(make_session(created_at=clock()), KEY, another=False)


@pytest.fixture(params=[False, True], ids=["kept statements", "SQLAlchemy runs them"])
def _listener(request: pytest.FixtureRequest, unit_of_work: UnitOfWork) -> None:
    """Once nobody listens to SQLAlchemy, and once somebody does: then it runs every statement itself, one by one."""
    if request.param and isinstance(unit_of_work, SqlUnitOfWork):
        for engine in (unit_of_work._database.writer, unit_of_work._database.reader):
            sa.event.listen(engine.sync_engine, "before_cursor_execute", _note)


def _note(*_arguments: object) -> None:
    return


@pytest.mark.usefixtures("_listener")
async def test_one_finds_what_those_before_it_have_written(
    unit_of_work: UnitOfWork, session: Session
) -> None:
    ended = replace(session, note="seen", version=session.version + 1)
    for _time in range(2):
        async with unit_of_work.write() as tx:
            is_saved, found, rules = await together(
                tx, tx.sessions.save(ended, known=session), tx.sessions.get(session.id), tx.policy.rules()
            )
            assert (is_saved, found, rules) == (True, ended, [])
            await tx.sessions.save(replace(session, version=ended.version + 1), known=ended)
            session, ended = (replace(one, version=one.version + 2) for one in (session, ended))


@pytest.mark.usefixtures("_listener")
async def test_error_takes_all_of_them_back(unit_of_work: UnitOfWork, session: Session) -> None:
    async def refuse(tx: Transaction) -> None:
        await tx.sessions.get(session.id)
        raise ValueError("refused")

    async def change() -> None:
        changed = replace(session, note="seen", version=session.version + 1)
        async with unit_of_work.write() as tx:
            await together(tx, tx.sessions.save(changed, known=session), refuse(tx), tx.policy.rules())

    for _time in range(2):
        with pytest.raises(ValueError, match="refused"):
            await change()
        async with unit_of_work.read() as tx:
            assert await tx.sessions.get(session.id) == session


@pytest.mark.usefixtures("_listener")
async def test_read_after_the_commit_finds_what_was_committed_meanwhile(
    unit_of_work: UnitOfWork, session: Session
) -> None:
    changed = replace(session, note="changed", version=session.version + 1)
    holds, may_end = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with unit_of_work.write() as tx:
            assert await tx.sessions.save(changed, known=session)
            holds.set()
            await may_end.wait()

    async def wait_and_read() -> Session | None:
        async with unit_of_work.write() as tx:
            await tx.sessions.hold(session.id)
            return await tx.end_and_read(tx.sessions.get(session.id))

    changing = asyncio.create_task(change())
    await holds.wait()
    reading = asyncio.create_task(wait_and_read())
    may_end.set()
    await changing
    assert await reading == changed
    async with unit_of_work.write() as tx:
        await tx.sessions.save(replace(changed, note="", version=changed.version + 1), known=changed)
        found = await tx.end_and_read(tx.sessions.get(session.id))
        assert found is not None
        assert found.note == ""


async def test_statement_that_needs_sqlalchemy_is_refused(database: Database) -> None:
    """On PostgreSQL two of them at the same moment would meet in one connection of SQLAlchemy. SQLite only says so."""
    in_list = sa.select(sa.literal(1).label("one")).where(
        sa.literal(1).in_(sa.bindparam("among", expanding=True))
    )
    async with database.begin_shared() as connection:
        with pytest.raises(TypeError, match="cannot go out with others"):
            await run_together(
                connection, [fetch_rows(connection, in_list, {"among": [1]}) for _time in range(2)]
            )
    async with database.begin_shared() as connection:
        assert await fetch_rows(connection, in_list, {"among": [1]}) == [{"one": 1}], "alone it may run"
