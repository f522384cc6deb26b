"""Background tasks: work that continues after an answer was sent."""

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger("tasks")


class Tasks:
    """Holds the running background tasks. Without a reference, asyncio may drop a task before it is done."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()

    def start_task(self, work: Coroutine[object, object, object]) -> None:
        """Start a task, and hold it until it is done."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finish_task)

    def _finish_task(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("background task failed", error=type(task.exception()).__name__)

    async def drain(self, seconds: float) -> None:
        """Wait for the running tasks, at most ``seconds``. Then cancel the rest."""
        if not self._running:
            return
        _done, unfinished = await asyncio.wait(self._running, timeout=seconds)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
