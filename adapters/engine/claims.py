"""The statements that claim jobs of a queue, and what they return. `claimer.py` runs them.

They are the engine's own ones for what the bot's queue of parallel jobs needs: parts, and how many jobs of a part a process runs at once.

A claim also returns whether an outcome of a step is stored for a job, so that a job need not ask: nearly all of them run for the
first time. And it returns the jobs themselves: as shipped the engine reads them again, in a transaction of its own.
"""

from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase, WorkflowStatusInternal, WorkflowStatusString

from storage.compiled_statements import Row
from storage.tables import step_outcomes

NAMES = tuple(name for name in WorkflowStatusInternal.__annotations__ if name != "shard_key")
COLUMNS = {"app_version": "application_version", "app_id": "application_id"}
"""The columns of what the engine calls otherwise."""
VALUES_OF_FIND_PARTS = ("queue",)
VALUES_OF_CLAIM = ("queue", "part", "version", "most", "owner", "executor")


class Claimed(NamedTuple):
    """A job that this process has claimed, as the engine reads it. ``owner`` tells this claim from a later one."""

    job: WorkflowStatusInternal
    owner: str
    has_outcomes: bool


def read_claimed(row: Row, owner: str) -> Claimed:
    """Return the job in a row that a claim returned."""
    job: dict[str, Any] = {name: row[COLUMNS.get(name, name)] for name in NAMES}
    job |= {"is_debounced": bool(job["is_debounced"]), "shard_key": None}
    return Claimed(cast("WorkflowStatusInternal", job), owner, bool(row["has_outcomes"]))


def _waits(database: SystemDatabase) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a job that this process may claim, whatever its version."""
    jobs = database.tables.workflow_status
    owned = sa.or_(jobs.c.application_name == database.app_name, jobs.c.application_name.is_(None))
    return [
        jobs.c.queue_name == sa.bindparam("queue"),
        jobs.c.status == WorkflowStatusString.ENQUEUED.value,
        database._in_flight_status_prover(),  # noqa: SLF001 - without it the engine's index does not serve on SQLite
        owned if database.app_name else sa.true(),
    ]


def build_find_parts(database: SystemDatabase) -> sa.Executable:
    """Find each part by one seek in an index, however many jobs wait."""
    jobs, waits = database.tables.workflow_status, _waits(database)
    first = sa.select(sa.func.min(jobs.c.queue_partition_key).label("part"))
    parts = first.where(*waits, jobs.c.queue_partition_key.is_not(None)).cte("parts", recursive=True)
    following = sa.select(sa.func.min(jobs.c.queue_partition_key)).where(
        *waits, jobs.c.queue_partition_key > parts.c.part
    )
    parts = parts.union_all(sa.select(following.scalar_subquery()).where(parts.c.part.is_not(None)))
    return sa.select(parts.c.part).where(parts.c.part.is_not(None))


def build_claim(database: SystemDatabase) -> sa.Executable:
    """Choose the first jobs of a part that no other process has locked, and mark them as claimed by this process."""
    jobs, now = database.tables.workflow_status, database._now_ms_sql()  # noqa: SLF001 - as shipped
    apart = database.tables.workflow_input
    # On SQLite SQLAlchemy writes the columns of RETURNING without their table, so no other one may have the same name.
    stored = sa.select(apart.c.workflow_uuid.label("job"), apart.c.inputs).subquery("stored")
    inputs = sa.select(stored.c.inputs).where(stored.c.job == jobs.c.workflow_uuid)
    version: sa.BindParameter[str] = sa.bindparam("version")
    chosen = (
        sa.select(jobs.c.workflow_uuid)
        .where(
            *_waits(database),
            sa.or_(jobs.c.application_version == version, jobs.c.application_version.is_(None)),
            jobs.c.queue_partition_key == sa.bindparam("part"),
        )
        .order_by(jobs.c.priority, jobs.c.created_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    return (
        sa.update(jobs)
        .where(jobs.c.workflow_uuid.in_(sa.select(chosen.c.workflow_uuid)))
        .where(jobs.c.status == WorkflowStatusString.ENQUEUED.value)
        .values(
            status=WorkflowStatusString.PENDING.value,
            owner_xid=sa.bindparam("owner"),
            application_version=version,
            executor_id=sa.bindparam("executor"),
            application_name=database.app_name,
            started_at_epoch_ms=now,
            updated_at=now,
            rate_limited=False,
            # A job that is claimed again and again is given up by the engine.
            recovery_attempts=jobs.c.recovery_attempts + 1,
        )
        .returning(
            *(jobs.c[COLUMNS.get(name, name)] for name in NAMES if name != "inputs"),
            sa.func.coalesce(inputs.scalar_subquery(), jobs.c.inputs).label("inputs"),
            sa.exists(sa.literal(1))
            .where(step_outcomes.c.job_key == jobs.c.workflow_uuid)
            .label("has_outcomes"),
        )
    )
