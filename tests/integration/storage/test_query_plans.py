"""No query reads all sessions, or all open ones: each finds its rows by an index, however many there are.

SQLite says for every statement how it finds its rows (``EXPLAIN QUERY PLAN``). The queries have the same conditions and
the same indices on PostgreSQL.
"""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.fakes.services import INSTALLATION
from support.stored_session import ACTOR, KNOWN, NOW, NUMBER, REMOTE, SESSION, TOM

from bot.command_dispatcher import CommandDispatcher
from bot.commands import Command, CommandRequest, Help, ListOpen, Place, Status
from bot.jobs import Job
from bot.model.connection import Account, Tokens
from bot.model.ids import (
    CommandKey,
    JoinToken,
    OrgId,
    OutageId,
    SessionId,
    new_join_token,
    new_session_id,
)
from bot.model.secret import Secret
from bot.model.technician import Directory, Profile
from bot.values import replace
from bot.views.pages import View
from bot.views.parts import Reader
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.repositories.sessions import SqlSessionRepository
from storage.tables import metadata
from storage.unit_of_work import SqlTransaction, SqlUnitOfWork
from storage.vault import Vault, new_key

Call = Callable[[SqlTransaction], Awaitable[object]]
CALLS: dict[str, Call] = {
    "open": lambda tx: tx.sessions.open(
        replace(SESSION, id=new_session_id(), join_token=new_join_token()), CommandKey("k2"), another=False
    ),
    "get": lambda tx: tx.sessions.get(KNOWN),
    "lock": lambda tx: tx.sessions.lock(KNOWN),
    "hold": lambda tx: tx.sessions.hold(KNOWN),
    "by_join_token": lambda tx: tx.sessions.by_join_token(JoinToken("t")),
    "save": lambda tx: tx.sessions.save(SESSION, known=SESSION.opened(REMOTE)),
    "mark_attempted": lambda tx: tx.sessions.mark_attempted(KNOWN, "u1", NOW),
    "unmark_attempted": lambda tx: tx.sessions.unmark_attempted(KNOWN),
    "mark_reminded": lambda tx: tx.sessions.mark_reminded(NOW, before=NOW),
    "set_close_after": lambda tx: tx.sessions.set_close_after(KNOWN, NOW),
    "due_to_close": lambda tx: tx.sessions.due_to_close(NOW),
    "newest_created": lambda tx: tx.sessions.newest_created(TOM, since=NOW, limit=5),
    "forget_reminder": lambda tx: tx.sessions.forget_reminder(KNOWN),
    "has_to_close": lambda tx: tx.sessions.has_to_close(TOM, "u1"),
    "purge": lambda tx: tx.sessions.purge(NOW, limit=5),
    "move_to_technician": lambda tx: tx.sessions.move_to_technician(SESSION, CommandKey("k2")),
    "delete": lambda tx: tx.sessions.delete(SessionId("none")),
    "command_key": lambda tx: tx.sessions.command_key(KNOWN),
    "open_of_request": lambda tx: tx.sessions.open_of_request(NUMBER),
    "open_of_technician": lambda tx: tx.sessions.open_of_technician(TOM),
    "listed_open": lambda tx: tx.sessions.listed_open(TOM, limit=5),
    "summaries_of_outage": lambda tx: tx.sessions.summaries_of_outage(OutageId("o1")),
    "summaries_of_over": lambda tx: tx.sessions.summaries_of_over(TOM, limit=5),
    "open_called": lambda tx: tx.sessions.open_called("7"),
    "open_called, by code": lambda tx: tx.sessions.open_called("s12345678"),
    "open_called, by a former code": lambda tx: tx.sessions.open_called("s99999999"),
    "open_about": lambda tx: tx.sessions.open_about("7"),
    "open_page": lambda tx: tx.sessions.open_page(after=None, limit=5),
    "over_but_online": lambda tx: tx.sessions.over_but_online(NOW),
    "history": lambda tx: tx.sessions.history(number=NUMBER, limit=5),
    "history, of a technician": lambda tx: tx.sessions.history(technician=TOM, limit=5),
    "history, older": lambda tx: tx.sessions.history(technician=TOM, limit=5, after=KNOWN),
}
"""A call of each method that stores or reads sessions."""


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables. Each test copies it, because the migrations take longer than any test."""
    path = tmp_path_factory.mktemp("plans") / "tvbot.db"
    upgrade_schema(Database(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def unit_of_work(tmp_path: Path, empty_database: Path) -> AsyncIterator[SqlUnitOfWork]:
    """A unit of work on SQLite, with a technician who has connected an account and has an open session."""

    async def enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay: int) -> None:
        return

    database = Database(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), enqueue_nothing)
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(Profile(ACTOR, "Tom", TOM), NOW)
        await tx.people.store_directory(Directory({TOM: "Tom Ray"}, NOW))
        await tx.connections.connect(TOM, Account("u1", "Tom", TOM), Tokens(Secret("a" * 20), None, 60), NOW)
        await tx.sessions.open(SESSION, CommandKey("k1"), another=False)
        await tx.sessions.save(SESSION.opened(REMOTE), known=SESSION)
    yield unit_of_work
    await database.close()


@contextmanager
def recorded(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Record the statements that are run meanwhile, with their values."""
    statements: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append((statement, values))

    engines = (database.reader.sync_engine, database.writer.sync_engine)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", record)


def plan_of(database: Database, statement: str, values: Any) -> list[str]:
    """Return how SQLite finds the rows of a statement, a line each."""
    with closing(sqlite3.connect(str(database.url.database))) as connection:
        return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def reads_all(step: str) -> bool:
    """Whether a step of a plan reads every row of a table, or every row of an organisation."""
    if step.startswith("SCAN"):
        return step != "SCAN CONSTANT ROW"
    return re.search(r"\(org_id=\?\)", step) is not None


def test_every_method_that_stores_or_reads_sessions_is_called_here() -> None:
    methods = {name for name in vars(SqlSessionRepository) if not name.startswith("_")}
    assert methods == {name.partition(",")[0] for name in CALLS}


@pytest.mark.parametrize("name", CALLS)
async def test_sessions_are_found_by_an_index(name: str, unit_of_work: SqlUnitOfWork) -> None:
    database = unit_of_work._database
    with recorded(database) as statements:
        async with unit_of_work.write() as tx:
            await CALLS[name](tx)
    assert statements
    plans = {statement: plan_of(database, statement, values) for statement, values in statements}
    bad = {statement: steps for statement, steps in plans.items() if any(map(reads_all, steps))}
    assert not bad


def test_index_of_few_rows_is_newer_than_one_of_all_rows_that_fits_as_well(empty_database: Path) -> None:
    """Of two such indices SQLite takes the newer one, and the other would read what is over as well as what is open."""
    engine = sa.create_engine(f"sqlite:///{empty_database}")
    with engine.connect() as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY rowid"
        ages = {name: age for age, name in enumerate(connection.exec_driver_sql(names).scalars())}
    engine.dispose()
    pairs = [
        (str(few.name), str(every.name))
        for table in metadata.tables.values()
        for few in table.indexes
        for every in table.indexes
        if few.dialect_options["sqlite"]["where"] is not None
        and every.dialect_options["sqlite"]["where"] is None
        and few.columns.keys()[:2] == every.columns.keys()[:2]
    ]
    assert ("ix_sessions_open_technician", "ix_sessions_technician") in pairs
    assert not [(few, every) for few, every in pairs if ages[few] < ages[every]]


async def test_open_sessions_of_a_technician_are_found_among_the_open_ones(
    unit_of_work: SqlUnitOfWork,
) -> None:
    database = unit_of_work._database
    with recorded(database) as statements:
        async with unit_of_work.write() as tx:
            await tx.sessions.listed_open(TOM, limit=5)
            await tx.sessions.open_of_technician(TOM)
            await tx.people.status_of(TOM)
            await tx.shown_sessions.newest_open(TOM, limit=5)
    plans = [plan_of(database, statement, values) for statement, values in statements]
    # The last query reads the sessions that its inner one has found.
    used = [step for steps in plans for step in steps if "sessions" in step and "(id=?)" not in step]
    assert len(used) == 4
    assert all("ix_sessions_open_technician (org_id=? AND technician=?)" in step for step in used)
    one_row = ("SCAN asked", "SEARCH switches")
    others = [step for steps in plans for step in steps if not step.startswith(one_row)]
    assert not [step for step in others if reads_all(step)]


async def test_what_a_home_and_a_request_show_is_found_by_indices(
    unit_of_work: SqlUnitOfWork,
) -> None:
    database = unit_of_work._database
    with recorded(database) as statements:
        async with unit_of_work.read() as tx:
            await tx.homes.first_steps_of(TOM, ACTOR)
            await tx.invitations.open_of(TOM, limit=5)
            await tx.plans.planned_by(TOM, limit=5)
            await tx.shown_sessions.open_of_request(NUMBER)
    assert len(statements) == 4
    steps = [step for statement, values in statements for step in plan_of(database, statement, values)]
    assert not [step for step in steps if reads_all(step) and not step.startswith("SEARCH switches")]


async def test_only_what_has_changed_of_a_session_is_written(unit_of_work: SqlUnitOfWork) -> None:
    """A database changes each index with a column that is written, even if its value stays the same."""
    opened = SESSION.opened(REMOTE)
    with recorded(unit_of_work._database) as statements:
        async with unit_of_work.write() as tx:
            assert await tx.sessions.save(opened.seen(is_online=True, at=NOW), known=opened)
    (statement,) = [statement for statement, _values in statements if statement.startswith("UPDATE")]
    written = set(re.findall(r"(\w+)=\?", statement.partition("WHERE")[0]))
    assert written == {"version", "state", "is_online", "arrival_began_at", "arrived_at"}


def test_a_step_that_reads_everything_is_recognized() -> None:
    """A test that recognizes none would prove nothing."""
    assert reads_all("SCAN sessions")
    assert reads_all("SCAN sessions USING INDEX ix_sessions_open")
    assert reads_all("SEARCH sessions USING INDEX ix_sessions_open (org_id=?)")
    assert not reads_all("SEARCH sessions USING INDEX ix_sessions_open_code (org_id=? AND bare_code=?)")


class Views:
    """An answer format that returns the view itself."""

    def render(self, view: View, reader: Reader) -> View:
        del reader
        return view

    def dump(self, answer: View) -> str:
        return repr(answer)

    def load(self, stored: str) -> View:
        raise AssertionError(stored)


class Services:
    """What the dispatcher uses."""

    def __init__(self, unit_of_work: SqlUnitOfWork) -> None:
        self.unit_of_work = unit_of_work
        self.installation = INSTALLATION

    def clock(self) -> datetime:
        return NOW


@pytest.mark.parametrize(("command", "expected"), [(Help(), 1), (Status(), 2), (ListOpen(), 4)], ids=repr)
async def test_reading_command_takes_few_statements_and_finds_its_rows_by_indices(
    command: Command, expected: int, unit_of_work: SqlUnitOfWork
) -> None:
    """A list takes one for planned sessions, and one for the sessions that its reader is invited to."""
    database = unit_of_work._database
    request = CommandRequest(CommandKey("k3"), ACTOR, Place("D1", is_private=True), command)
    with recorded(database) as statements:
        await CommandDispatcher(Services(unit_of_work)).dispatch(request, Views())
    assert [statement.split()[0] for statement, _values in statements] == ["SELECT"] * expected
    steps = [step for statement, values in statements for step in plan_of(database, statement, values)]
    assert not [step for step in steps if reads_all(step) and "sessions" in step]
