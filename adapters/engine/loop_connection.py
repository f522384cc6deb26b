"""A connection on which the event loop runs statements of the engine, instead of a thread with a connection of SQLAlchemy.

A thread and the event loop wait for each other to run Python. `loop_connection_in_postgresql.py` and `loop_connection_in_sqlite.py`
are the two kinds. See decision records 0061, 0065 and 0067.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import sqlalchemy as sa
from dbos._schemas import SCHEMA_PLACEHOLDER
from dbos._sys_db import SystemDatabase

from storage.compiled_statements import KeptStatement, Row, Values, compile_statement


class Ran(NamedTuple):
    """What one run of a statement has done: how many rows it has changed, and the rows that it returned."""

    changed: int
    rows: Sequence[Row]


class LoopConnection(ABC):
    """Connects with its first statement, and again after ``close``. One task uses it at a time."""

    errors: ClassVar[tuple[type[Exception], ...]]
    """What its methods raise where the database does not do it. Close the connection then."""

    @abstractmethod
    async def read(self, statement: KeptStatement, values: Values) -> Sequence[Row]:
        """Return the rows of a statement that only reads."""

    @abstractmethod
    async def run_all(self, statement: KeptStatement, values: Sequence[Values]) -> Sequence[Ran]:
        """Run a statement with each of the values, in one transaction."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connection, if there is one."""


def open_loop_connection(system: SystemDatabase, *, waits_for_disk: bool) -> LoopConnection:
    """Return a connection to the engine's database.

    ``waits_for_disk``: whether what it has changed is certain to outlast a crash of PostgreSQL. On SQLite no commit of the
    engine waits for the disk: a power cut ends the process too.
    """
    if system.engine.dialect.name == "sqlite":
        from adapters.engine.loop_connection_in_sqlite import LoopConnectionInSqlite  # noqa: PLC0415 - it imports this module

        return LoopConnectionInSqlite(system.engine.url.database or "")
    from adapters.engine.loop_connection_in_postgresql import LoopConnectionInPostgresql  # noqa: PLC0415 - it loads psycopg, and imports this module

    return LoopConnectionInPostgresql(system.engine.url, waits_for_disk=waits_for_disk)


def compile_for(system: SystemDatabase, statement: sa.Executable, names: Sequence[str]) -> KeptStatement:
    """Compile a statement on the engine's tables that is run with values of these names."""
    schemas: dict[str | None, str | None] = {SCHEMA_PLACEHOLDER: system.schema}
    compiled = compile_statement(statement, system.engine.dialect, names, schemas)
    if compiled is None:
        raise TypeError("the statement needs SQLAlchemy")
    return compiled
