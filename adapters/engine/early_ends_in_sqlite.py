"""Store ends of jobs on SQLite, in the event loop: a transaction that does not wait for the disk takes a tenth of a millisecond."""

import sqlite3
from collections.abc import Sequence
from typing import ClassVar

from dbos._sys_db import SystemDatabase

from adapters.engine.early_ends import EarlyEnds
from storage.inline_sqlite import begin_writing
from storage.kept_statements import Values
from storage.sqlite import configure_connection


class EarlyEndsInSqlite(EarlyEnds):
    """Stores ends on a connection of its own.

    It leaves it to the other connections to move what is in the write-ahead log into the file: that waits for the disk.
    """

    errors: ClassVar = (sqlite3.Error,)

    def __init__(self, system: SystemDatabase) -> None:
        super().__init__(system)
        self._file = system.engine.url.database or ""
        self._connection: sqlite3.Connection | None = None

    async def _store_all(self, ends: Sequence[Values]) -> list[bool]:
        if self._connection is None:
            self._connection = sqlite3.connect(self._file)
            configure_connection(self._connection, writes=True, busy_seconds=0, waits_for_disk=False)
            self._connection.execute("PRAGMA wal_autocheckpoint=0")
        await begin_writing(self._connection)
        # It commits, or takes everything back: an open transaction would keep all others from writing.
        with self._connection:
            return [self._statement.run_in_sqlite(self._connection, end).rowcount == 1 for end in ends]

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
