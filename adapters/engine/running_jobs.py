"""The jobs that run in this process. At a stop, their calls are finished, and everything else is left to the next process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class RunningJobs:
    """Knows of each job whether it is within a step, and stops jobs without cutting a step short.

    A step that is cut short has an outcome that nobody knows: an SMS that was perhaps sent, a card that is perhaps posted.
    A cancelled job has no outcome for the engine, so the next process resumes it where it was.
    """

    def __init__(self) -> None:
        self._jobs: set[asyncio.Task[object]] = set()
        self._in_step: set[asyncio.Task[object]] = set()
        self._is_stopping = False

    @contextmanager
    def job(self) -> Iterator[None]:
        """Count the current task as a job, until it ends. Cancels it where jobs are being stopped."""
        task = _current_task()
        self._refuse_while_stopping()
        self._jobs.add(task)
        try:
            yield
        finally:
            self._jobs.discard(task)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Count the current task as being within a step. Cancels it where jobs are being stopped.

        The step includes the storing of its outcome.
        """
        self._refuse_while_stopping()
        self._in_step.add(_current_task())
        try:
            yield
        finally:
            self._in_step.discard(_current_task())

    def pause_step(self) -> None:
        """Count the current step as pausing before it is tried again: nothing is lost if it is cancelled."""
        self._in_step.discard(_current_task())
        self._refuse_while_stopping()

    def resume_step(self) -> None:
        """Count the current step as running again. Cancels it where jobs are being stopped."""
        self._refuse_while_stopping()
        self._in_step.add(_current_task())

    async def stop(self, seconds: float) -> None:
        """Let no job begin a step, wait until the running steps have ended, and cancel the rest after ``seconds``."""
        self._is_stopping = True
        for job in self._jobs - self._in_step:
            job.cancel()
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=seconds)
        while jobs := set(self._jobs):
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)

    def _refuse_while_stopping(self) -> None:
        if self._is_stopping:
            # The engine stores every other exception as the outcome of the job.
            raise asyncio.CancelledError


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a job runs in a task")
    return task
