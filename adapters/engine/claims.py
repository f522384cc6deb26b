"""Claim jobs of a queue with statements that are built once.

As shipped the engine builds three statements for each part of the queue at each look. They were a tenth of all that a create costs. These
are its own statements for what the bot's queues need: parts, and how many jobs of a part a process runs at once. A queue with any
other limit is claimed as shipped.

A claim also notes for which jobs no outcome of a step is stored, so that they need not ask: nearly all of them run for the first time. And it
returns the jobs themselves: as shipped the engine reads them again, by a statement that is built for it, in a transaction of its own.
"""

from typing import Any, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase, WorkflowStatusInternal, WorkflowStatusString
from sqlalchemy import RowMapping

from storage.tables import step_outcomes

CLAIM_METHOD = "start_queued_workflows"
PARTS_METHOD = "get_queue_partitions"
"""Names the parts of a queue where a job waits."""
JOBS_METHOD = "get_workflow_statuses"
"""Reads the jobs that were claimed. None of these three methods is public, so a test looks whether they are there."""
_NAMES = tuple(name for name in WorkflowStatusInternal.__annotations__ if name != "shard_key")
_COLUMNS = {"app_version": "application_version", "app_id": "application_id"}
"""The columns of what the engine calls otherwise."""
_statements: WeakKeyDictionary[SystemDatabase, tuple[sa.Executable, sa.Executable]] = WeakKeyDictionary()
_engines: WeakKeyDictionary[SystemDatabase, sa.Engine] = WeakKeyDictionary()
_without_outcomes: WeakKeyDictionary[SystemDatabase, set[str]] = WeakKeyDictionary()
_claimed: WeakKeyDictionary[SystemDatabase, dict[str, WorkflowStatusInternal]] = WeakKeyDictionary()


def one_statement_engine(database: SystemDatabase) -> sa.Engine:
    """Return what runs one statement, which needs no transaction around it: on PostgreSQL each end of one is a message of its own."""
    if database not in _engines:
        engine: sa.Engine = database.engine
        if engine.dialect.name != "sqlite":
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        _engines[database] = engine
    return _engines[database]


def has_no_outcomes(database: SystemDatabase, job: str) -> bool:
    """Return whether no outcome was stored for a job when this process claimed it. Asked once, when the job begins.

    False where that is not known: the job was not claimed here by these statements.
    """
    jobs = _without_outcomes.get(database, set())
    if job not in jobs:
        return False
    jobs.discard(job)
    return True


def make_claims_cheaper() -> None:
    """Change the engine's class, once."""
    as_shipped = getattr(SystemDatabase, CLAIM_METHOD)
    if getattr(as_shipped, "keeps_statements", False):
        return

    def claim(  # noqa: PLR0917 - the method of the engine
        database: SystemDatabase,
        queue: Any,
        executor_id: str,
        version: str,
        part: str | None,
        running: int = 0,
        running_in_part: int = 0,
        *,
        owner_xid: str | None = None,
        is_latest_version: bool | None = None,
    ) -> tuple[list[str], str | None]:
        if part is None or not _has_only_limit_of_part(queue) or database.sharded:
            shipped: tuple[list[str], str | None] = as_shipped(
                database, queue, executor_id, version, part, running, running_in_part,
                owner_xid=owner_xid, is_latest_version=is_latest_version,
            )  # fmt: skip
            return shipped
        most = queue._partition_worker_concurrency - running_in_part  # noqa: SLF001 - as shipped
        if most <= 0:
            return [], "partition_worker_concurrency"
        values = {
            "queue": queue.name,
            "part": part,
            "version": version,
            "most": most,
            "owner": owner_xid,
            "executor": executor_id,
        }
        with one_statement_engine(database).begin() as connection:
            claimed = connection.execute(_built(database)[1], values).mappings().all()
        _without_outcomes.setdefault(database, set()).update(
            row["workflow_uuid"] for row in claimed if not row["has_outcomes"]
        )
        _claimed.setdefault(database, {}).update((row["workflow_uuid"], _read_job(row)) for row in claimed)
        in_order = sorted(claimed, key=lambda row: (row["priority"], row["created_at"]))
        return [row["workflow_uuid"] for row in in_order], None

    def find_parts(database: SystemDatabase, queue: str) -> list[str]:
        with one_statement_engine(database).connect() as connection:
            return list(connection.scalars(_built(database)[0], {"queue": queue}))

    read_as_shipped = getattr(SystemDatabase, JOBS_METHOD)

    def read_jobs(database: SystemDatabase, keys: list[str]) -> list[WorkflowStatusInternal]:
        claimed = _claimed.get(database, {})
        found = [job for job in (claimed.pop(key, None) for key in keys) if job is not None]
        if len(found) < len(keys):
            found = read_as_shipped(database, keys)
        return found

    setattr(SystemDatabase, JOBS_METHOD, read_jobs)
    claim.keeps_statements = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(SystemDatabase, CLAIM_METHOD, claim)
    setattr(SystemDatabase, PARTS_METHOD, find_parts)


def _has_only_limit_of_part(queue: Any) -> bool:
    """Whether the only limit of a queue is how many jobs of one part this process runs at once."""
    others = (
        "_concurrency",
        "_worker_concurrency",
        "_limiter",
        "_partition_concurrency",
        "_partition_limiter",
    )
    return queue._partition_worker_concurrency is not None and all(  # noqa: SLF001 - as shipped
        getattr(queue, name) is None for name in others
    )


def _read_job(row: RowMapping) -> WorkflowStatusInternal:
    """Return a job as the engine reads it."""
    job = {name: row[_COLUMNS.get(name, name)] for name in _NAMES}
    return cast(
        "WorkflowStatusInternal", job | {"is_debounced": bool(job["is_debounced"]), "shard_key": None}
    )


def _built(database: SystemDatabase) -> tuple[sa.Executable, sa.Executable]:
    if database not in _statements:
        _statements[database] = _build_find_parts(database), _build_claim(database)
    return _statements[database]


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


def _build_find_parts(database: SystemDatabase) -> sa.Executable:
    """Find each part by one seek in an index, however many jobs wait."""
    jobs, waits = database.tables.workflow_status, _waits(database)
    first = sa.select(sa.func.min(jobs.c.queue_partition_key).label("part"))
    parts = first.where(*waits, jobs.c.queue_partition_key.is_not(None)).cte("parts", recursive=True)
    following = sa.select(sa.func.min(jobs.c.queue_partition_key)).where(
        *waits, jobs.c.queue_partition_key > parts.c.part
    )
    parts = parts.union_all(sa.select(following.scalar_subquery()).where(parts.c.part.is_not(None)))
    return sa.select(parts.c.part).where(parts.c.part.is_not(None))


def _build_claim(database: SystemDatabase) -> sa.Executable:
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
            *(jobs.c[_COLUMNS.get(name, name)] for name in _NAMES if name != "inputs"),
            sa.func.coalesce(inputs.scalar_subquery(), jobs.c.inputs).label("inputs"),
            sa.exists(sa.literal(1))
            .where(step_outcomes.c.job_key == jobs.c.workflow_uuid)
            .label("has_outcomes"),
        )
    )
