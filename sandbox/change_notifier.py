"""Wake the tasks that wait for a change in a simulated system."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ChangeNotifier:
    """Counts the changes of one simulated system and wakes the waiting tasks after each. Safe to use across threads."""

    def __init__(self, system: str) -> None:
        self.count = 0
        self._system = system
        # The mail server runs in a thread of its own, so a change may come from another thread than the waiting loop.
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def notify(self) -> None:
        """Count one change and wake every waiting task."""
        with self._lock:
            self.count += 1
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Wait until the predicate returns a true value, and return that value. Raises TimeoutError."""
        changed = asyncio.Event()
        waiter = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                while not (result := predicate()):
                    await changed.wait()
                    changed.clear()
                return result
        except TimeoutError:
            message = f"not seen in {self._system} within {seconds} s, after {self.count} changes"
            raise TimeoutError(message) from None
        finally:
            with self._lock:
                self._waiting.discard(waiter)
