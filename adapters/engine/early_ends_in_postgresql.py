"""Store ends of jobs on PostgreSQL: those that come together are one message, with one commit."""

from collections.abc import Sequence
from typing import ClassVar

import psycopg
from dbos._sys_db import SystemDatabase

from adapters.engine.early_ends import EarlyEnds
from storage.database import CONNECT_SECONDS
from storage.direct_postgresql import DirectConnection
from storage.kept_statements import Values

_OPTIONS = "-c synchronous_commit=off"
"""As on SQLite, an end does not wait for the disk: a job whose end a power cut takes back runs once more, as after a kill."""


class EarlyEndsInPostgresql(EarlyEnds):
    """Stores ends on a connection of its own."""

    errors: ClassVar = (psycopg.Error,)

    def __init__(self, system: SystemDatabase) -> None:
        super().__init__(system)
        self._url = system.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: DirectConnection | None = None

    async def _store_all(self, ends: Sequence[Values]) -> list[bool]:
        if self._connection is None:
            self._connection = await DirectConnection.connect(
                self._url, autocommit=True, options=_OPTIONS, connect_timeout=CONNECT_SECONDS
            )
        results = await self._connection.run_all([self._statement.for_driver(end) for end in ends])
        return [result.command_tuples == 1 for result in results]

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
