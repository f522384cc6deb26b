"""Enqueue jobs inside the caller's own transaction: the job and the caller's rows exist together, or not at all."""

import time
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.engine.fences import APPLICATION, SERIALIZER, VERSION, engine_for, jobs_table, join_log
from adapters.engine.statements import make_cheaper
from adapters.traces import current_trace
from bot.jobs import JOB_CODEC, Job, Queue, queue_name
from storage.compiled_statements import Schemas, Values
from storage.database import Database
from storage.kept_statements import put_off

WORKFLOW = "job"
PARALLEL, IN_ORDER = "parallel", "in_order"
"""The engine's two queues. The bot's own queues are partitions of them, because the engine polls each of its queues.

``PARALLEL`` runs some jobs of each partition at the same time, ``IN_ORDER`` one, the oldest first.
"""
_PRIORITIES = 2**31 - 1
"""The engine's priorities are 1 to this; the lowest comes first. In milliseconds they begin again every 24 days."""


class _NotedStatements:
    """Stands for a connection: notes what the engine would run on it.

    The bot runs it itself, without SQLAlchemy's execution, which took three quarters of the time to enqueue a job. The engine
    reads back what it has written, and finds nothing here. It would only compare the function and the queue of a job that
    exists already, and all jobs are of one function.
    """

    dialect = None
    """The engine uses statements of its own for its own kind of connections."""

    def __init__(self) -> None:
        self.statements: list[tuple[sa.Executable, Values]] = []
        self.schemas: Schemas | None = None

    def get_execution_options(self) -> dict[str, Any]:
        """Return that nothing is set."""
        return {}

    def execution_options(self, *, schema_translate_map: Schemas) -> None:
        """Note which schema the engine's tables are in."""
        self.schemas = schema_translate_map

    def execute(self, statement: sa.Executable, values: Values) -> "_NotedStatements":
        """Note a statement."""
        self.statements.append((statement, values))
        return self

    def fetchone(self) -> None:
        """Return that the last statement has returned no row."""


class JobQueue:
    """Writes jobs into the engine's tables."""

    def __init__(self, database: Database) -> None:
        make_cheaper()
        self._is_sqlite = database.is_sqlite
        self._jobs_table = jobs_table(database)
        url = None if database.is_sqlite else database.sync_url.render_as_string(hide_password=False)
        self._client = DBOSClient(
            system_database_url=url,
            system_database_engine=engine_for(database),
            serializer=SERIALIZER,
            application_name=APPLICATION,
            lazy=True,
        )

    @staticmethod
    def migrate(database: Database) -> None:
        """Create or migrate the engine's own tables. Safe for processes that start at the same time."""
        join_log()
        DBOS.migrate(database.sync_url.render_as_string(hide_password=False))

    async def enqueue(self, connection: AsyncConnection, job: Job, key: str, delay_seconds: int) -> None:
        """Enqueue a job in the transaction of ``connection``. A job whose key exists is not enqueued again."""
        options = EnqueueOptions(
            workflow_name=WORKFLOW,
            queue_name=PARALLEL,
            queue_partition_key=queue_name(job),
            workflow_id=key,
            app_version=VERSION,
        )
        if job.queue is Queue.SENDER:
            options["queue_name"] = IN_ORDER
            # The engine orders jobs by when they were enqueued, and on SQLite it knows that to the second only.
            if self._is_sqlite:
                options["priority"] = 1 + int(time.time() * 1000) % (_PRIORITIES - 1)
        if delay_seconds:
            options["delay_seconds"] = float(delay_seconds)
        trace = current_trace()
        arguments = [JOB_CODEC.encode(job)] if trace is None else [JOB_CODEC.encode(job), trace]

        noted = _NotedStatements()
        self._client.enqueue_in_transaction(noted, options, *arguments)  # type: ignore[arg-type]  # it stands for a connection
        for statement, values in noted.statements:
            await put_off(connection, statement, values, noted.schemas)

    async def cancel_all(self, connection: AsyncConnection) -> None:
        """Cancel every job that has not finished, in the transaction of ``connection``. No process may run any.

        The engine's own call is no part of a transaction. These are the columns that it changes.
        """
        cancel = sa.text(
            f"UPDATE {self._jobs_table} SET status = 'CANCELLED', owner_xid = NULL, queue_name = NULL, deduplication_id = NULL,"  # noqa: S608 - a constant
            " started_at_epoch_ms = NULL, updated_at = :now, completed_at = :now"
            " WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
        )
        await connection.execute(cancel, {"now": int(time.time() * 1000)})

    def close(self) -> None:
        """Close the queue's connections."""
        self._client.destroy()
