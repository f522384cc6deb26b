"""The jobs that run in this process, and who may go on: not while the process stops, and not after its lease has ended."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot import attempts

_lease_of_job: ContextVar[int | None] = ContextVar("lease_of_job", default=None)
"""The number of the lease that the current job began under. None outside a job."""


class RunningJobs:
    """Knows of each job whether it is within a step, and stops jobs without cutting a call short.

    A call that is cut short has an outcome that nobody knows: an SMS that was perhaps sent, a card that is perhaps posted.
    So a stop waits for the calls that are under way, and lets no further one leave. A cancelled job has no outcome for the
    engine, so a process resumes it where it was. A mark of a call that never left is taken back (``bot/attempts.py``).

    ``has_lease``: whether no other process may have taken these jobs over. A job that began under a lease which has ended is
    cancelled before its next call or step, and ``left_behind`` names it. A call that is under way is not cut short.
    """

    def __init__(self, has_lease: Callable[[], bool] = lambda: True) -> None:
        self._has_lease = has_lease
        self._jobs: dict[asyncio.Task[object], str] = {}
        self._in_step: set[asyncio.Task[object]] = set()
        self._is_stopping = False
        self._lease_number = 0
        self.left_behind: set[str] = set()
        """The keys of the jobs that were cancelled without a lease. Perhaps no other process has taken them over."""

    @contextmanager
    def job(self, key: str) -> Iterator[None]:
        """Count the current task as the job with this key, until it ends. Cancels it where it may not run."""
        task = _current_task()
        self.left_behind.discard(key)
        lease = _lease_of_job.set(self._lease_number)
        try:
            self._refuse_what_may_not_begin()
            self._jobs[task] = key
            with attempts.owned_by(self._is_under_lease):
                yield
        except asyncio.CancelledError:
            if not self._is_stopping:
                self.left_behind.add(key)
            raise
        finally:
            self._jobs.pop(task, None)
            _lease_of_job.reset(lease)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Count the current task as being within a step. Cancels it where it may not run.

        The step includes the storing of its outcome.
        """
        self._refuse_what_may_not_begin()
        self._in_step.add(_current_task())
        try:
            yield
        finally:
            self._in_step.discard(_current_task())

    def pause_step(self) -> None:
        """Count the current step as pausing before it is tried again: nothing is lost if it is cancelled."""
        self._in_step.discard(_current_task())
        self._refuse_what_may_not_begin()

    def resume_step(self) -> None:
        """Count the current step as running again. Cancels it where it may not run."""
        self._refuse_what_may_not_begin()
        self._in_step.add(_current_task())

    def check_call(self) -> None:
        """Cancel the current job if the process stops, or if its lease has ended.

        Called right before a call leaves. It may run in a thread. Outside a job it does nothing.
        """
        if _lease_of_job.get() is not None:
            self._refuse_what_may_not_begin()

    def end_lease(self) -> None:
        """Let every job end before its next call or step: another process may have taken it over."""
        self._lease_number += 1
        self._cancel_between_steps()

    def begin_stop(self) -> None:
        """Let no job begin a step or a call."""
        self._is_stopping = True
        self._cancel_between_steps()

    async def stop(self, seconds: float) -> None:
        """Let no job begin a step or a call, wait until the running steps have ended, and cancel the rest after ``seconds``."""
        self.begin_stop()
        if self._jobs:
            await asyncio.wait(set(self._jobs), timeout=seconds)
        while jobs := set(self._jobs):
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)

    def _cancel_between_steps(self) -> None:
        for job in set(self._jobs) - self._in_step:
            job.cancel()

    def _is_under_lease(self) -> bool:
        lease = _lease_of_job.get()
        return lease is None or (lease == self._lease_number and self._has_lease())

    def _refuse_what_may_not_begin(self) -> None:
        if self._is_stopping or not self._is_under_lease():
            # The engine stores every other exception as the outcome of the job.
            raise asyncio.CancelledError


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a job runs in a task")
    return task
