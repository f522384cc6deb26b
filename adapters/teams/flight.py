"""One piece of work that many wait for: it is begun by the first and shared by all who come meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """At most one run of some work at a time."""

    def __init__(self) -> None:
        self._running: asyncio.Task[T] | None = None

    @property
    def is_running(self) -> bool:
        return self._running is not None

    async def join(self, work: Callable[[], Awaitable[T]]) -> T:
        """Wait for the run that is under way, or begin one. Raises what it raises.

        Whoever is cancelled while waiting leaves the work to the others.
        """
        if self._running is None:
            self._running = asyncio.ensure_future(work())
            self._running.add_done_callback(self._done)
        return await asyncio.shield(self._running)

    def _done(self, task: "asyncio.Task[T]") -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more
