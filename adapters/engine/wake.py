"""Let the engine look at once for jobs that run in their order, when one was enqueued. By itself it looks at a fixed pace.

`claimer.py` looks for all others.
"""

import asyncio
import threading
import time
from typing import cast

from dbos import DBOS

from adapters.engine.claimer import SHORTEST_PAUSE_SECONDS
from adapters.engine.queue import IN_ORDER

CLAIMING_THREADS = {f"queue-worker-{IN_ORDER}"}
"""The engine's name for the thread that looks for these jobs."""
_PLAIN_WAIT_SECONDS = 1.5
"""After so long every wait of the plain kind is over, which began before the events were changed."""


class WakeableEvent(threading.Event):
    """A stop event whose ``wait`` also returns, with False, after ``wake``: in the threads that claim the bot's jobs."""

    _wakes: int
    _seen: threading.local

    @classmethod
    def make_wakeable(cls, event: threading.Event) -> "WakeableEvent":
        """Change the class of an event that threads may already wait for, and return it. No constructor runs.

        From the moment in which the class is changed, a thread may call the new ``wait``. So what that needs is added before.
        """
        vars(event).update(_wakes=0, _seen=threading.local())
        event.__class__ = cls
        return cast("WakeableEvent", event)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the event is set, for ``timeout`` seconds, or until ``wake`` in a thread that claims the bot's jobs.

        Returns whether the event is set. The engine's other threads wait for the same events, and have nothing to do with new jobs.
        """
        if threading.current_thread().name not in CLAIMING_THREADS:
            with self._cond:  # type: ignore[attr-defined]  # the base class's own condition, which has no public name
                # Not the base class's own wait, which takes a wake for a stop.
                return bool(self._cond.wait_for(self.is_set, timeout))  # type: ignore[attr-defined]  # as above
        with self._cond:  # type: ignore[attr-defined]  # the base class's own condition, which has no public name
            if not self._flag and getattr(self._seen, "wakes", 0) == self._wakes:  # type: ignore[attr-defined]  # threading.Event hides it
                self._cond.wait(timeout)  # type: ignore[attr-defined]  # threading.Event hides it
            self._seen.wakes = self._wakes
            return self.is_set()

    def wake(self) -> None:
        """Let every ``wait`` return."""
        with self._cond:  # type: ignore[attr-defined]  # as above
            self._wakes += 1
            self._cond.notify_all()  # type: ignore[attr-defined]  # threading.Event hides it


class Waker:
    """Wakes the engine's threads that look for jobs: at once, and then again after ``SHORTEST_PAUSE_SECONDS`` at the earliest.

    The engine has no call for it. Its threads wait for a stop event with a time limit, so these events are given a ``wait``
    that can be woken. A wait of the plain kind would take a wake for a stop. So nothing is woken until all of those, which
    are a second long at most, are over. A job that is not woken starts at the next look.
    """

    def __init__(self, engine: DBOS) -> None:
        self._events = [WakeableEvent.make_wakeable(one) for one in engine.background_thread_stop_events]
        self._next_at = time.monotonic() + _PLAIN_WAIT_SECONDS
        self._planned: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """Look for jobs now or, after a look that was a moment ago, as soon as another one may be made."""
        if self._planned is None:
            pause = max(self._next_at - time.monotonic(), 0)
            self._planned = asyncio.get_running_loop().call_later(pause, self._look)

    def _look(self) -> None:
        self._planned = None
        self._next_at = time.monotonic() + SHORTEST_PAUSE_SECONDS
        for event in self._events:
            event.wake()

    def stop(self) -> None:
        """Wake nothing any more."""
        if self._planned is not None:
            self._planned.cancel()
