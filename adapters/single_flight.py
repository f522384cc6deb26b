"""Work that runs at most once at a time, whose result all callers share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs some work at most once at a time. Who calls while it runs gets the result of that run."""

    def __init__(self) -> None:
        self._running: asyncio.Task[T] | None = None

    @property
    def is_running(self) -> bool:
        return self._running is not None

    async def run_or_join(self, work: Callable[[], Awaitable[T]]) -> T:
        """Start the work, or wait for the run that is under way. Raises what it raises.

        A caller that is cancelled does not stop the work: others wait for it.
        """
        if self._running is None:
            # It belongs to nobody alone: a job that is stopped must not stop the work for the others.
            self._running = asyncio.get_running_loop().create_task(_as_coroutine(work), context=Context())
            self._running.add_done_callback(self._forget_run)
        return await asyncio.shield(self._running)

    def _forget_run(self, task: "asyncio.Task[T]") -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # read, so that asyncio does not warn if every caller was cancelled


async def _as_coroutine(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
