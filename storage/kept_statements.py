"""Run statements that come again and again in their compiled form, directly on the connection of the driver.

SQLAlchemy finds the compiled form of a statement quickly, but makes a context, a cursor and a result around each run. That takes
ten times as long as the run itself on SQLite, and twice as long as the driver on PostgreSQL. A create makes more than a
hundred statements.
"""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.compiled_statements import (
    KeptStatement,
    Row,
    Schemas,
    Values,
    compile_statement,
    driver_of,
    sync_of,
)

T = TypeVar("T")
_is_first_of_several: ContextVar[bool] = ContextVar("is_first_of_several", default=False)
"""Whether the next statement on SQLite is one that goes out with others on PostgreSQL."""
_KEPT: dict[str, WeakKeyDictionary[sa.Executable, dict[tuple[str, ...], KeptStatement | None]]] = {
    "sqlite": WeakKeyDictionary(),
    "postgresql": WeakKeyDictionary(),
}
"""By dialect: the kept statements, for the names of the values that they run with. None: SQLAlchemy has to run it."""


async def execute(connection: AsyncConnection, statement: sa.Executable, values: Values) -> int:
    """Run a statement that returns no rows, in its kept form if it has one. Returns how many rows it has changed."""
    kept = find_kept(connection, statement, values)
    if kept is not None:
        return await kept.execute(connection, values)
    return (await connection.execute(statement, values)).rowcount


async def put_off(
    connection: AsyncConnection, statement: sa.Executable, values: Values, schemas: Schemas | None = None
) -> None:
    """Run a statement whose result nobody needs. On PostgreSQL it may go out with the next one, which then raises its error.

    What comes later in the transaction always finds it done. ``schemas`` is the same for each run of it.
    """
    kept = find_kept(connection, statement, values, schemas)
    if kept is not None:
        await kept.put_off(connection, values)
    else:
        await fetch_rows(connection, statement, values, schemas)


def commit_with_next(connection: AsyncConnection) -> None:
    """Let the commit go out with the next statement, on PostgreSQL. On SQLite it takes no message."""
    driver = driver_of(connection)
    if not isinstance(driver, sqlite3.Connection):
        driver.commit_with_next()


async def commit_before_next(connection: AsyncConnection) -> None:
    """Commit before the next statement is run, which then finds what others have committed by then.

    On PostgreSQL both are one message. On SQLite the statement runs within the transaction: nobody else commits meanwhile.
    """
    driver = driver_of(connection)
    if isinstance(driver, sqlite3.Connection):
        return
    if _runs_directly(connection):
        driver.commit_before_next()
    else:
        await connection.commit()
        await connection.begin()


async def run_together(connection: AsyncConnection, works: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Await several coroutines of one transaction, and return their results in this order. Raises the first error of them.

    On PostgreSQL their first statements are one message. Each has to have a kept form: on SQLite too, so that it is noticed there.
    """
    driver = driver_of(connection)
    if isinstance(driver, sqlite3.Connection) or not _runs_directly(connection):
        return await _run_one_by_one(works)
    return await driver.run_together(works)


async def _run_one_by_one(works: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    results = []
    try:
        for work in works:
            _is_first_of_several.set(True)
            results.append(await work)
    finally:
        _is_first_of_several.set(False)
        # After an error the others never begin.
        for work in works:
            work.close()
    return results


async def fetch_rows(
    connection: AsyncConnection, statement: sa.Executable, values: Values, schemas: Schemas | None = None
) -> Sequence[Row]:
    """Run a statement in its kept form if it has one, and return its rows. ``schemas`` is the same for each run of it."""
    kept = find_kept(connection, statement, values, schemas)
    if kept is not None:
        return await kept.fetch(connection, values)
    options = {"schema_translate_map": schemas} if schemas else {}
    found = await connection.execute(statement, values, execution_options=options)
    return [dict(row) for row in found.mappings()] if found.returns_rows else []


async def fetch_read(
    connection: AsyncConnection, statement: sa.Executable, values: Values, read: Callable[[Row], T]
) -> Sequence[T]:
    """Run a statement as ``fetch_rows`` does, and return what ``read`` returns for each row, or returned for an equal row before."""
    kept = find_kept(connection, statement, values)
    if kept is not None:
        return await kept.fetch_read(connection, values, read)
    return [read(row) for row in await fetch_rows(connection, statement, values)]


def find_kept(
    connection: AsyncConnection, statement: sa.Executable, values: Values, schemas: Schemas | None = None
) -> KeptStatement | None:
    """Return the kept form of a statement, or None if SQLAlchemy is to run it.

    A statement is kept when it comes for the second time: most that do are built at import, and the others never do.
    SQLAlchemy runs all of them while somebody listens to its events, or while no transaction has begun.
    Raises TypeError for one that has no kept form, and goes out with others.
    """
    if not _runs_directly(connection):
        return None
    sync, needs_kept = sync_of(connection), _needs_kept(connection)
    kept = _KEPT[sync.dialect.name]
    by_names = kept.get(statement)
    if by_names is None:
        by_names = kept[statement] = {}
        if not needs_kept:
            return None
    names = tuple(values)
    if names not in by_names:
        by_names[names] = compile_statement(statement, sync.dialect, names, schemas)
    found = by_names[names]
    if found is None and needs_kept:
        raise TypeError("a statement that needs SQLAlchemy cannot go out with others")
    return found


def _runs_directly(connection: AsyncConnection) -> bool:
    """Whether statements are run without SQLAlchemy: in a transaction, while nobody listens to its events."""
    sync = sync_of(connection)
    # What SQLAlchemy itself asks before it looks for listeners, which takes longer than a statement on SQLite.
    return sync.in_transaction() and not sync._has_events and not sync.engine._has_events  # noqa: SLF001 - as `compile_statement` says


def _needs_kept(connection: AsyncConnection) -> bool:
    """Whether the statement that is run now goes out with others."""
    driver = driver_of(connection)
    if not isinstance(driver, sqlite3.Connection):
        return driver.needs_run
    is_first = _is_first_of_several.get()
    if is_first:
        _is_first_of_several.set(False)
    return is_first
