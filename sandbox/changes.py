"""Tells whoever waits that something in the simulated place has changed."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Counts the changes of ``place``, and wakes those that wait for one."""

    def __init__(self, place: str) -> None:
        self.count = 0
        self._place = place
        self._condition = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()

    def touch(self) -> None:
        """Say that something has changed. Outside a running loop there is nobody to wake."""
        self.count += 1
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(self._wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Wait until the predicate holds, and return what it returned. Raises TimeoutError."""
        try:
            async with asyncio.timeout(seconds), self._condition:
                return await self._condition.wait_for(predicate)
        except TimeoutError:
            told = f"not seen in {self._place} within {seconds} s, after {self.count} changes"
            raise TimeoutError(told) from None

    async def settle(self) -> None:
        """Wait until everybody has been woken."""
        await asyncio.gather(*self._waking)
