"""Work that goes on after an answer: kept until it is done, and waited for at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger("tasks")


class Tasks:
    """Holds background tasks, so that none is forgotten half-way."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start_task(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start a task and hold it until it is done."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task broke", error=type(task.exception()).__name__)

    async def drain(self, seconds: float) -> None:
        """Wait for the tasks that run, at most ``seconds``, then cancel the rest."""
        if not self._running:
            return
        _done, left = await asyncio.wait(self._running, timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
