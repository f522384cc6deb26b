"""Let the engine do less for each job: build a statement once, ask for no version, and claim only where a job waits.

As shipped it builds the statements that enqueue a job again for every job: it keeps them only on PostgreSQL, and only
for its own connections, while a job is enqueued on a connection of the bot's. Before each claim it reads which version of the
application is the newest one, because only that one may take jobs without a version. Every job of the bot has one. And at
each look it builds and runs the large statements of a claim, though no job waits in most looks, and reads how the queue is
configured, though the bot configures its queues at the start only. `claimer.py` and `ends.py` have the rest.
"""

import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase, WorkflowStatusString

from adapters.engine.ends import store_ends_together
from adapters.engine.one_statement import one_statement_engine

METHOD = "_execute_prepared"
"""The engine's method that each of these statements goes through."""
VERSION_METHOD = "_is_latest_version"
SCOPES_METHOD = "dequeue_scopes"
"""Names the parts of a queue that are looked at in turn. There is one, or none where no job waits."""
QUEUE_METHOD = "get_queue"
"""Reads how a queue is configured. None of these four methods is public, so a test looks whether they are there."""
KEEP_QUEUE_SECONDS = 60.0
"""A configuration is read again after so long: a process of another version may change it when it starts."""
_waits: WeakKeyDictionary[SystemDatabase, sa.Executable] = WeakKeyDictionary()
"""What looks whether a job waits, for each database of the engine."""


def make_cheaper() -> None:
    """Change the engine's class, once."""
    _keep_statements()
    setattr(SystemDatabase, VERSION_METHOD, _is_latest_version)
    setattr(SystemDatabase, SCOPES_METHOD, _scopes_with_jobs)
    _keep_queues()
    store_ends_together()


def _is_latest_version(_database: SystemDatabase, _version: str, _connection: object = None) -> bool:
    """Return that this process may also take jobs without a version. There are none."""
    return True


def _scopes_with_jobs(database: SystemDatabase, queue: str) -> list[str | None]:
    """Return that a queue is to be looked at if a job waits in it: one seek in the index by which the engine claims."""
    if database not in _waits:
        jobs = database.tables.workflow_status
        waits = (
            jobs.c.queue_name == sa.bindparam("queue"),
            jobs.c.status == WorkflowStatusString.ENQUEUED.value,
        )
        # The engine's own condition, without which that index does not serve.
        in_flight = database._in_flight_status_prover()  # noqa: SLF001 - as above: a test looks whether it is there
        _waits[database] = sa.select(sa.literal(1)).where(*waits, in_flight).limit(1)
    with one_statement_engine(database).connect() as connection:
        found = connection.execute(_waits[database], {"queue": queue}).first()
    return [] if found is None else [None]


def _keep_queues() -> None:
    """Let the engine keep a queue's configuration for ``KEEP_QUEUE_SECONDS``, instead of reading it at each look."""
    as_shipped = getattr(SystemDatabase, QUEUE_METHOD)
    if getattr(as_shipped, "keeps_queues", False):
        return
    kept: WeakKeyDictionary[SystemDatabase, dict[str, tuple[float, Any]]] = WeakKeyDictionary()

    def get_queue(database: SystemDatabase, name: str, **options: Any) -> Any:
        queues = kept.setdefault(database, {})
        read_at, queue = queues.get(name, (0.0, None))
        if queue is None or options or time.monotonic() - read_at >= KEEP_QUEUE_SECONDS:
            queue = as_shipped(database, name, **options)
            if not options:
                queues[name] = (time.monotonic(), queue)
        return queue

    get_queue.keeps_queues = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(SystemDatabase, QUEUE_METHOD, get_queue)


def _keep_statements() -> None:
    """Let the engine keep the statements that it has built."""
    as_shipped = getattr(SystemDatabase, METHOD)
    if getattr(as_shipped, "keeps_statements", False):
        return
    built: WeakKeyDictionary[SystemDatabase, dict[tuple[str, tuple[str, ...]], sa.Executable]]
    built = WeakKeyDictionary()

    def execute(
        database: SystemDatabase,
        connection: Any,
        name: str,
        values: dict[str, Any],
        build: Callable[[], sa.Executable],
        **options: Any,
    ) -> Any:
        def build_once() -> sa.Executable:
            # A name and the names of the values decide what is built: the engine keeps its own by the same.
            key = (name, tuple(values))
            kept = built.setdefault(database, {})
            if key not in kept:
                kept[key] = build()
            return kept[key]

        return as_shipped(database, connection, name, values, build_once, **options)

    execute.keeps_statements = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(SystemDatabase, METHOD, execute)
