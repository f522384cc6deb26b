"""Hands jobs over: inside the caller's own transaction, so that work and rows are there together or not at all."""

import json

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.engine.fences import APPLICATION, SERIALIZER, VERSION, engine_for
from bot.unit_of_work import Job
from storage.database import Database

WORKFLOW = "job"
QUICK, SLOW = "quick", "slow"
_SLOW = {"create_session", "send_notice", "disconnect", "measure_session", "close_orphan"}
"""Jobs that may wait long for an outside system: they never stand in the way of the quick ones."""


class JobQueue:
    """Puts jobs into the engine's tables. A job whose key is there already is not put in again."""

    def __init__(self, database: Database) -> None:
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
        """Create or migrate the engine's own tables. Processes that start together take turns."""
        DBOS.migrate(database.sync_url.render_as_string(hide_password=False))

    async def put(self, connection: AsyncConnection, job: Job) -> None:
        """Enqueue a job in the transaction of ``connection``."""
        options = EnqueueOptions(
            workflow_name=WORKFLOW,
            queue_name=SLOW if job.name in _SLOW else QUICK,
            workflow_id=job.key,
            app_version=VERSION,
        )
        if job.delay_seconds:
            options["delay_seconds"] = float(job.delay_seconds)
        arguments = json.dumps(dict(job.arguments))

        def enqueue(within: sa.Connection) -> None:
            self._client.enqueue_in_transaction(within, options, job.name, arguments)

        await connection.run_sync(enqueue)

    def close(self) -> None:
        """Give the queue's connections back."""
        self._client.destroy()
