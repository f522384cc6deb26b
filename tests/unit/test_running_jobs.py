"""A stop finishes the steps that run, begins no other, and leaves the rest to the next process."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.engine.running_jobs import RunningJobs

LONG = 60.0


async def start(running: RunningJobs, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
    """Start a job, and let it run until it waits."""

    async def run() -> None:
        with running.job():
            await work()

    job = asyncio.create_task(run())
    await asyncio.sleep(0)
    return job


async def test_step_that_runs_is_finished_and_the_next_one_does_not_begin() -> None:
    running, may_end, began = RunningJobs(), asyncio.Event(), list[str]()

    async def two_steps() -> None:
        for name in ("first", "second"):
            with running.step():
                began.append(name)
                await may_end.wait()

    job = await start(running, two_steps)
    stop = asyncio.create_task(running.stop(LONG))
    await asyncio.sleep(0)
    assert not job.done()
    may_end.set()
    await stop
    assert (job.cancelled(), began) == (True, ["first"])


async def test_job_between_two_steps_is_cancelled_at_once() -> None:
    running = RunningJobs()
    job = await start(running, asyncio.Event().wait)  # type: ignore[arg-type]  # what it returns is of no interest
    await running.stop(LONG)
    assert job.cancelled()


async def test_pause_before_a_retry_is_cancelled_at_once() -> None:
    running = RunningJobs()

    async def pause() -> None:
        with running.step():
            running.pause_step()
            await asyncio.Event().wait()

    job = await start(running, pause)
    await running.stop(LONG)
    assert job.cancelled()


async def test_retry_counts_as_a_running_step() -> None:
    running, may_end, ended = RunningJobs(), asyncio.Event(), list[str]()

    async def retry() -> None:
        with running.step():
            running.pause_step()
            running.resume_step()
            await may_end.wait()
            ended.append("retry")

    await start(running, retry)
    stop = asyncio.create_task(running.stop(LONG))
    await asyncio.sleep(0)
    may_end.set()
    await stop
    assert ended == ["retry"]


async def test_step_that_does_not_end_in_time_is_cancelled() -> None:
    running = RunningJobs()

    async def hang() -> None:
        with running.step():
            await asyncio.Event().wait()

    job = await start(running, hang)
    await running.stop(0.01)
    assert job.cancelled()


async def test_nothing_begins_while_jobs_are_stopped() -> None:
    """The engine stores no outcome for a cancelled job, so the next process resumes it."""
    running = RunningJobs()
    await running.stop(LONG)
    for begin in (running.job, running.step):
        with pytest.raises(asyncio.CancelledError):
            begin().__enter__()
    for go_on in (running.pause_step, running.resume_step):
        with pytest.raises(asyncio.CancelledError):
            go_on()
