"""Statements of the engine on the event loop, on SQLite: a transaction that does not wait for the disk takes a tenth of a millisecond."""

import sqlite3
from collections.abc import Sequence
from typing import ClassVar

from adapters.engine.loop_connection import LoopConnection, Ran
from storage.compiled_statements import KeptStatement, Row, Values
from storage.inline_sqlite import begin_writing
from storage.sqlite import configure_connection


class LoopConnectionInSqlite(LoopConnection):
    """A connection of its own.

    It leaves it to the other connections to move what is in the write-ahead log into the file: that waits for the disk.
    """

    errors: ClassVar = (sqlite3.Error,)

    def __init__(self, file: str) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    async def read(self, statement: KeptStatement, values: Values) -> Sequence[Row]:
        return statement.read_in_sqlite(statement.run_in_sqlite(self._open(), values))

    async def run_all(self, statement: KeptStatement, values: Sequence[Values]) -> Sequence[Ran]:
        connection = self._open()
        await begin_writing(connection)
        # It commits, or takes everything back: an open transaction would keep all others from writing.
        with connection:
            return [_run(connection, statement, one) for one in values]

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._file)
            configure_connection(self._connection, writes=True, busy_seconds=0, waits_for_disk=False)
            self._connection.execute("PRAGMA wal_autocheckpoint=0")
        return self._connection


def _run(connection: sqlite3.Connection, statement: KeptStatement, values: Values) -> Ran:
    cursor = statement.run_in_sqlite(connection, values)
    rows = statement.read_in_sqlite(cursor)
    # With RETURNING it is known when all rows were read.
    return Ran(cursor.rowcount, rows)
