"""Store on the event loop that jobs have ended, before the engine does it in a thread.

A thread for each end, with a connection of SQLAlchemy, took a tenth to a fifth of the processor time of a create: it and the event loop wait for each
other to run Python. The engine finds that such an end is stored, and stores only what was not (`ends.py`). See decision records 0061 and 0065.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn, TypeVar

import structlog
from dbos import DBOS
from dbos._context import current_owner_xid
from dbos._outcome import Pending
from dbos._sys_db import SystemDatabase, WorkflowStatusString

from adapters.engine.ends import build_end, is_stored, note_stored
from adapters.engine.loop_connection import compile_for, open_loop_connection
from storage.compiled_statements import Values

THEN_METHOD = "then"
"""Stores how a job ended, after it. It is not public, so a test looks whether it is there."""
_WAIT_SECONDS = 0.01
"""How long an end waits for others. Nobody waits for the end of a job."""
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


class EarlyEnds:
    """Stores ends on one connection. Those that come meanwhile share the next transaction.

    It does not wait for the disk: a job whose end a power cut takes back runs once more, as after a kill.
    """

    def __init__(self, system: SystemDatabase) -> None:
        end_early_without_threads()
        self._system = system
        self._connection = open_loop_connection(system, waits_for_disk=False)
        self._statement = compile_for(system, build_end(system), ["ended", "job", "owner"])
        self._waiting: list[_End] = []
        self._task: asyncio.Task[None] | None = None

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
        await self._connection.close()

    async def _store_waiting(self) -> None:
        ends: list[_End] = []
        try:
            await asyncio.sleep(_WAIT_SECONDS)
            while self._waiting:
                ends, self._waiting = self._waiting, []
                await self._store_or_leave(ends)
                _release(ends)
        finally:
            # After an error that nobody expects, the engine stores them.
            _release([*ends, *self._waiting])

    async def _store_or_leave(self, ends: Sequence[_End]) -> None:
        try:
            stored = await self._connection.run_all(self._statement, [end.values for end in ends])
        except self._connection.errors as error:
            # The engine stores them, and tries again while the database is away.
            log.info("ends of jobs are left to the engine", error=type(error).__name__, jobs=len(ends))
            await self._connection.close()
            return
        for end, ran in zip(ends, stored, strict=True):
            # If the job was still its owner's.
            if ran.changed == 1:
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
