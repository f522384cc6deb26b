"""Store on the event loop that jobs have ended, before the engine does it in a thread.

A thread for each end, with a connection of SQLAlchemy, took a tenth to a fifth of the processor time of a create: it and the event loop wait for each
other to run Python. The engine finds that such an end is stored, and stores only what was not (`ends.py`). See decision records 0061 and 0065.

How ends are stored is in `early_ends_in_postgresql.py` and `early_ends_in_sqlite.py`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, NoReturn, TypeVar

import structlog
from dbos import DBOS
from dbos._context import current_owner_xid
from dbos._outcome import Pending
from dbos._schemas import SCHEMA_PLACEHOLDER
from dbos._sys_db import SystemDatabase, WorkflowStatusString

from adapters.engine.ends import build_end, is_stored, note_stored
from storage.kept_statements import KeptStatement, Values, compile_statement

THEN_METHOD = "then"
"""Stores how a job ended, after it. It is not public, so a test looks whether it is there."""
T = TypeVar("T")
log = structlog.get_logger("engine")


@dataclass(slots=True)
class _End:
    job: str
    owner: str
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def values(self) -> Values:
        """The values of the statement that stores it."""
        return {"ended": WorkflowStatusString.SUCCESS.value, "job": self.job, "owner": self.owner}


class EarlyEnds(ABC):
    """Stores ends on one connection. Those that come meanwhile share the next transaction."""

    errors: ClassVar[tuple[type[Exception], ...]]
    """What the driver raises where the database does not take them."""

    def __init__(self, system: SystemDatabase) -> None:
        end_early_without_threads()
        self._system = system
        self._statement = _compile(system)
        self._waiting: list[_End] = []
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def _store_all(self, ends: Sequence[Values]) -> list[bool]:
        """Store ends in one transaction. Returns of each whether its job was still its owner's. Raises ``errors``."""

    @abstractmethod
    async def _disconnect(self) -> None:
        """Close the connection, if there is one."""

    async def store(self, job: str) -> None:
        """Store that a job of this process has ended well, if it still owns the job and the database answers. Raises nothing."""
        owner = current_owner_xid(job)
        if owner is None:
            return
        end = _End(job, owner)
        self._waiting.append(end)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._store_waiting())
        # The end is stored for all that wait. One that is cancelled does not stop it.
        await asyncio.shield(end.stored)

    async def close(self) -> None:
        """Store what waits, and close the connection."""
        if self._task is not None:
            await asyncio.wait({self._task})
        await self._disconnect()

    async def _store_waiting(self) -> None:
        ends: list[_End] = []
        try:
            while self._waiting:
                ends, self._waiting = self._waiting, []
                await self._store_or_leave(ends)
                _release(ends)
        finally:
            # After an error that nobody expects, the engine stores them.
            _release([*ends, *self._waiting])

    async def _store_or_leave(self, ends: Sequence[_End]) -> None:
        try:
            stored = await self._store_all([end.values for end in ends])
        except self.errors as error:
            # The engine stores them, and tries again while the database is away.
            log.info("ends of jobs are left to the engine", error=type(error).__name__, jobs=len(ends))
            await self._disconnect()
            return
        for end, is_ours in zip(ends, stored, strict=True):
            if is_ours:
                note_stored(self._system, end.job, end.owner)


def _release(ends: Sequence[_End]) -> None:
    for end in ends:
        if not end.stored.done():
            end.stored.set_result(None)


def end_early_without_threads() -> None:
    """Let the engine look on the event loop whether an end is stored, once. As shipped it goes to a thread before each job and after it."""
    as_shipped = getattr(Pending, THEN_METHOD)
    if getattr(as_shipped, "looks_first", False):
        return

    def then(job: Pending[Any], store: Callable[[Callable[[], Any]], Any], **options: Any) -> Pending[Any]:
        async def run() -> Any:
            try:
                value = await job._func()  # noqa: SLF001 - as shipped
            except asyncio.CancelledError:
                # A stop has cancelled it, and perhaps ended the threads too.
                raise
            except BaseException as error:  # noqa: BLE001 - as shipped
                return await as_shipped(Pending(partial(_raise, error)), store, **options)()
            key = DBOS.workflow_id or ""
            owner = current_owner_xid(key)
            if owner is not None and is_stored(key, owner):
                return store(lambda: value)
            return await as_shipped(Pending(partial(_return, value)), store, **options)()

        return Pending(run)

    then.looks_first = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(Pending, THEN_METHOD, then)


async def _raise(error: BaseException) -> NoReturn:
    raise error


async def _return(value: T) -> T:
    return value


def _compile(system: SystemDatabase) -> KeptStatement:
    statement = build_end(system)
    names = ["ended", "job", "owner"]
    schemas: dict[str | None, str | None] = {SCHEMA_PLACEHOLDER: system.schema}
    compiled = compile_statement(statement, system.engine.dialect, names, schemas)
    if compiled is None:
        raise TypeError("the statement needs SQLAlchemy")
    return compiled
