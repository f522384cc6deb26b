"""Store that jobs have ended: those that end at the same time in one transaction, by a statement that is built once.

As shipped each end is a transaction of its own, with a statement that is built for it, and it stores that the job returned nothing.
A job of the bot returns nothing, so only an error is stored, as shipped.
"""

import threading
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos._schemas import SCHEMA_PLACEHOLDER
from dbos._sys_db import SystemDatabase, WorkflowStatusString
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.engine.one_statement import one_statement_engine

OUTCOME_METHOD = "_update_workflow_outcome_in_transaction"
"""Stores how a job ended. As shipped PostgreSQL has another way, unless the second method says no. Neither is public."""
ONE_STATEMENT_METHOD = "_outcome_in_one_statement"
_ends: WeakKeyDictionary[SystemDatabase, "Ends"] = WeakKeyDictionary()
_stored: WeakKeyDictionary[SystemDatabase, set[tuple[str, str]]] = WeakKeyDictionary()
_lock = threading.Lock()


@dataclass(slots=True)
class _End:
    """The end of one job. ``is_next`` is set with the event where its thread is to store those that wait now."""

    status: str
    job: str
    owner: str
    event: threading.Event = field(default_factory=threading.Event)
    is_next: bool = False
    was_owner: bool = False
    error: Exception | None = None


class Ends:
    """Stores ends in one database of the engine. One thread stores at a time, for all that wait when it begins."""

    def __init__(self, database: SystemDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: list[_End] = []
        self._is_busy = False
        self._statement, self._names = _compile(database)

    def store(self, status: str, job: str, owner: str) -> bool:
        """Store that a job has ended. Returns False if it is not the job of this owner any more. Raises what the database raises."""
        end = _End(status, job, owner)
        with self._lock:
            self._waiting.append(end)
            end.is_next = not self._is_busy
            self._is_busy = True
        if not end.is_next:
            end.event.wait()
        if end.is_next:
            self._store_waiting()
        if end.error is not None:
            raise end.error
        return end.was_owner

    def _store_waiting(self) -> None:
        with self._lock:
            ends, self._waiting = self._waiting, []
        try:
            engine = one_statement_engine(self._database) if len(ends) == 1 else self._database.engine
            with engine.begin() as connection:
                for end in ends:
                    values = {"ended": end.status, "job": end.job, "owner": end.owner}
                    stored = connection.exec_driver_sql(self._statement, self._given(values))
                    end.was_owner = bool(stored.rowcount)
        except Exception as error:  # noqa: BLE001 - each thread raises it
            for end in ends:
                end.error = error
        with self._lock:
            self._is_busy = bool(self._waiting)
            if self._waiting:
                self._waiting[0].is_next = True
                self._waiting[0].event.set()
        for end in ends:
            end.event.set()

    def _given(self, values: dict[str, str]) -> Any:
        fixed = [(name, values.get(key, constant)) for name, key, constant in self._names]
        return (
            tuple(value for _name, value in fixed)
            if self._database.engine.dialect.positional
            else dict(fixed)
        )


def note_stored(database: SystemDatabase, job: str, owner: str) -> None:
    """Note that the end of a job is stored, so that the engine need not do it (`early_ends.py`)."""
    _stored.setdefault(database, set()).add((job, owner))


def is_stored(job: str, owner: str) -> bool:
    """Whether the end of a job of this owner was stored so."""
    return any((job, owner) in stored for stored in _stored.values())


def _take_stored(database: SystemDatabase, job: str, owner: str) -> bool:
    stored = _stored.get(database, set())
    if (job, owner) not in stored:
        return False
    stored.discard((job, owner))
    return True


def store_ends_together() -> None:
    """Change the engine's class, once."""
    as_shipped = getattr(SystemDatabase, OUTCOME_METHOD)
    if getattr(as_shipped, "stores_together", False):
        return

    def store(
        database: SystemDatabase,
        job: str,
        status: str,
        *,
        output: str | None,
        error: str | None,
        owner_xid: str | None,
    ) -> bool:
        if error is not None or owner_xid is None:
            return bool(as_shipped(database, job, status, output=output, error=error, owner_xid=owner_xid))
        if _take_stored(database, job, owner_xid):
            return True
        with _lock:
            if database not in _ends:
                _ends[database] = Ends(database)
            ends = _ends[database]
        return ends.store(status, job, owner_xid)

    store.stores_together = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(SystemDatabase, OUTCOME_METHOD, store)
    setattr(SystemDatabase, ONE_STATEMENT_METHOD, lambda _database: False)


def build_end(database: SystemDatabase) -> sa.Update:
    """Return the engine's own statement. Its parameters are ``ended``, ``job`` and ``owner``."""
    jobs, now = database.tables.workflow_status, database._now_ms_sql()  # noqa: SLF001 - as shipped
    return (
        sa.update(jobs)
        .values(
            status=sa.bindparam("ended"),
            deduplication_id=None,
            owner_xid=None,
            updated_at=now,
            completed_at=now,
        )
        .where(
            jobs.c.workflow_uuid == sa.bindparam("job"),
            jobs.c.status == WorkflowStatusString.PENDING.value,
            jobs.c.owner_xid == sa.bindparam("owner"),
        )
    )


def _compile(database: SystemDatabase) -> tuple[str, list[tuple[str, str, Any]]]:
    """Return the text of the statement, and its parameters: each name, whose value it has, and its value where that is fixed."""
    compiled = build_end(database).compile(
        dialect=database.engine.dialect,
        schema_translate_map={SCHEMA_PLACEHOLDER: database.schema},
        render_schema_translate=True,
    )
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("the statement is none")
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    return str(compiled), [
        (name, compiled.binds[name].key, compiled.binds[name].value) for name in order or ()
    ]
