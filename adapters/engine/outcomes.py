"""The outcomes of steps, stored so that a step which must not be repeated is not, when its job runs again after a crash.

They are rows of the bot's own, and not the engine's checkpoints: the engine stores one after every step, in a thread, and asks
before every step whether there is one. See decision record 0031.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.outage import PAUSES_SECONDS
from storage.database import Database
from storage.group_commit import SharedTransactionLost
from storage.kept_statements import fetch_rows, put_off
from storage.row_context import insert_if_absent
from storage.tables import step_outcomes

Outcome = Mapping[str, str]
"""An outcome as it is stored: empty after success, else the problem, its code, and the pause that was asked for."""
_OF_JOB = sa.select(step_outcomes.c.step, step_outcomes.c.outcome).where(
    step_outcomes.c.job_key == sa.bindparam("of_job")
)
_DELETE = sa.delete(step_outcomes).where(step_outcomes.c.job_key.in_(sa.bindparam("of_jobs", expanding=True)))
T = TypeVar("T")
log = structlog.get_logger("engine")


class Outcomes:
    """Stores the outcomes of steps until their job is deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, job_key: str) -> Mapping[str, Outcome]:
        """Return the stored outcomes of a job, by the names of its steps. Raises CancelledError: see ``_until_done``."""

        async def load() -> Mapping[str, Outcome]:
            async with self._database.begin_reading() as connection:
                rows = await fetch_rows(connection, _OF_JOB, {"of_job": job_key})
                return {row["step"]: json.loads(row["outcome"]) for row in rows}

        return await _until_done(load)

    async def store(self, job_key: str, step: str, outcome: Outcome) -> None:
        """Store the outcome of a step, durably. Raises CancelledError: see ``_until_done``."""
        values = {"job_key": job_key, "step": step, "outcome": json.dumps(outcome, ensure_ascii=False)}

        async def store() -> None:
            async with self._database.begin_shared() as connection:
                await put_off(connection, insert_if_absent(connection.dialect.name, step_outcomes), values)

        await _until_done(store)

    async def delete(self, job_keys: Iterable[str]) -> None:
        """Delete the outcomes of jobs that are deleted."""
        deleted = list(job_keys)
        async with self._database.begin_shared() as connection:
            await connection.execute(_DELETE, {"of_jobs": deleted})


async def _until_done(work: Callable[[], Awaitable[T]]) -> T:
    """Work with the database, again and again for a minute while it is away.

    Raises CancelledError after that: a cancelled job has no outcome, so it runs again once the database is back. Any other
    error would become the outcome of the job.
    """
    for pause in PAUSES_SECONDS:
        try:
            return await work()
        except (DBAPIError, PoolTimeoutError, SharedTransactionLost) as error:
            log.warning("outcome of a step cannot be stored or read yet", error=type(error).__name__)
            await asyncio.sleep(pause)
    raise asyncio.CancelledError
