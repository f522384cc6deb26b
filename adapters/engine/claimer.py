"""Claim the jobs that may run at the same time, and start them, on the event loop.

As shipped the engine does it in a thread, which waits for the event loop after each job that it starts. They wait for each other to
run Python, and each look builds and runs statements of SQLAlchemy. See decision record 0067.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from dbos import DBOS
from dbos._context import current_owner_xid
from dbos._core import execute_dequeued_workflow

from adapters.engine.claims import (
    VALUES_OF_CLAIM,
    VALUES_OF_FIND_PARTS,
    Claimed,
    build_claim,
    build_find_parts,
    read_claimed,
)
from adapters.engine.fences import VERSION
from adapters.engine.loop_connection import compile_for, open_loop_connection
from adapters.engine.queue import PARALLEL
from storage.compiled_statements import Values

AT_ONCE = 100
"""How many jobs of each part of the queue this process runs at the same time. Most of them wait for an answer."""
LOOK_SECONDS = 5.0
"""Time limit for a look. A network that lost its messages must neither keep jobs from being claimed nor a process from stopping."""
SHORTEST_PAUSE_SECONDS = 0.1
"""The pause between two looks: hundreds of commands may come in one second."""
T = TypeVar("T")
log = structlog.get_logger("engine")


class Claimer:
    """Looks for jobs every ``poll_seconds``, and when it is woken."""

    def __init__(self, engine: DBOS, executor: str, *, poll_seconds: float) -> None:
        self._engine = engine
        self._executor = executor
        self._poll_seconds = poll_seconds
        system = engine._sys_db  # noqa: SLF001 - it has no public name
        # A claim that is lost while its job runs would let another process run it at the same time.
        self._connection = open_loop_connection(system, waits_for_disk=True)
        self._connection_errors: tuple[type[Exception], ...] = (TimeoutError, *self._connection.errors)
        self._find_parts = compile_for(system, build_find_parts(system), VALUES_OF_FIND_PARTS)
        self._claim = compile_for(system, build_claim(system), VALUES_OF_CLAIM)
        self._without_outcomes: dict[str, str] = {}
        """The jobs of which no outcome was stored when they were claimed, each with the owner of that claim."""
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None
        start_on_the_event_loop(engine)

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look_forever())

    def wake(self) -> None:
        """Look now or, after a look that was a moment ago, as soon as another one may be made."""
        self._woken.set()

    async def stop(self) -> None:
        """Claim no job any more. A look that is under way is finished: what it has claimed is started."""
        self._is_stopping = True
        self.wake()
        if self._task is not None:
            await asyncio.wait({self._task})
        await self._connection.close()

    @property
    def runs(self) -> bool:
        """Whether it looks for jobs."""
        return self._task is not None and not self._task.done()

    def has_no_outcomes(self, key: str) -> bool:
        """Return whether no outcome of a step was stored for a job when this process claimed it. Asked once, when the job begins.

        False where that is not known: the job was not claimed here.
        """
        owner = self._without_outcomes.pop(key, None)
        # A job that another process had meanwhile may have outcomes by now, and then it has another owner.
        return owner is not None and owner == current_owner_xid(key)

    async def _look_forever(self) -> None:
        while not self._is_stopping:
            begun_at = time.monotonic()
            self._woken.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._claim_and_start()
            except self._connection_errors as error:
                log.warning("jobs cannot be claimed", error=type(error).__name__)
                await self._connection.close()
            except Exception as error:  # noqa: BLE001 - the next look may succeed, and without looks no job would run
                log.error("a look for jobs broke", error=type(error).__name__)  # noqa: TRY400 - its message may have a value
            await self._pause(begun_at)

    async def _pause(self, begun_at: float) -> None:
        # Several processes must not look at the same moments.
        pause = self._poll_seconds * random.uniform(0.95, 1.05)  # noqa: S311 - no secret
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()
        if not self._is_stopping:
            shortest = min(SHORTEST_PAUSE_SECONDS, self._poll_seconds)
            await asyncio.sleep(max(begun_at + shortest - time.monotonic(), 0))

    async def _claim_and_start(self) -> None:
        found = await self._connection.read(self._find_parts, {"queue": PARALLEL})
        claims = [claim for row in found if (claim := self._make_claim(row["part"])) is not None]
        if not claims:
            return
        # No part is always the last one.
        random.shuffle(claims)
        for claim, ran in zip(claims, await self._connection.run_all(self._claim, claims), strict=True):
            in_order = sorted(ran.rows, key=lambda row: (row["priority"], row["created_at"]))
            for row in in_order:
                self._start(read_claimed(row, claim["owner"]))

    def _make_claim(self, part: str) -> Values | None:
        """Return the values of a claim for as many jobs of a part as may begin. None if none may."""
        running = self._engine._active_workflows_set.count_for_partition(PARALLEL, part)  # noqa: SLF001 - as the engine counts them
        if running >= AT_ONCE:
            return None
        return {
            "queue": PARALLEL,
            "part": part,
            "version": VERSION,
            "most": AT_ONCE - running,
            "owner": uuid.uuid4().hex,
            "executor": self._executor,
        }

    def _start(self, claimed: Claimed) -> None:
        key = claimed.job["workflow_uuid"]
        self._without_outcomes.pop(key, None)
        if not claimed.has_outcomes:
            self._without_outcomes[key] = claimed.owner
        try:
            execute_dequeued_workflow(self._engine, claimed.job, claimed.owner)
        except Exception as error:  # noqa: BLE001 - as shipped: it must not keep the others from starting
            log.error("a job cannot be started", job=key, error=type(error).__name__)  # noqa: TRY400 - its message may have a value


def start_on_the_event_loop(engine: DBOS) -> None:
    """Let the engine start a job from its own event loop: it only creates the job's task. As shipped it refuses, since it would wait."""
    loops = engine._background_event_loop  # noqa: SLF001 - it has no public name
    as_shipped = loops.submit_coroutine

    def submit(coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            is_here = asyncio.get_running_loop() is loops.target_loop()
        except RuntimeError:
            is_here = False
        if not is_here:
            return as_shipped(coroutine)
        try:
            coroutine.send(None)
        except StopIteration as end:
            started: T = end.value
            return started
        coroutine.close()
        raise RuntimeError("the engine waits for something to start a job")

    loops.submit_coroutine = submit  # type: ignore[method-assign,assignment]  # of this engine alone
