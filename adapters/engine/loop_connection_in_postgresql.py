"""Statements of the engine on the event loop, on PostgreSQL: those of one transaction are one message, with its commit."""

from collections.abc import Sequence
from typing import ClassVar

import psycopg
import sqlalchemy as sa

from adapters.engine.loop_connection import LoopConnection, Ran
from storage.compiled_statements import KeptStatement, Row, Values
from storage.direct_postgresql import DirectConnection, connect_alone


class LoopConnectionInPostgresql(LoopConnection):
    """A connection of its own."""

    errors: ClassVar = (psycopg.Error,)

    def __init__(self, url: sa.URL, *, waits_for_disk: bool) -> None:
        self.url = url
        self._options = "" if waits_for_disk else "-c synchronous_commit=off"
        self._connection: DirectConnection | None = None

    async def read(self, statement: KeptStatement, values: Values) -> Sequence[Row]:
        [ran] = await self.run_all(statement, [values])
        return ran.rows

    async def run_all(self, statement: KeptStatement, values: Sequence[Values]) -> Sequence[Ran]:
        if self._connection is None:
            self._connection = await connect_alone(self.url, options=self._options)
        connection = self._connection
        results = await connection.run_all([statement.for_driver(one) for one in values])
        return [
            Ran(result.command_tuples or 0, statement.read_result(connection, result)) for result in results
        ]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
