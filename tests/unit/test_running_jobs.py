"""Jobs end without a lost outcome where a process stops, and where another one may have taken them over."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.calls import begin_call, let_call_leave
from adapters.engine.replicas import Lease
from adapters.engine.running_jobs import RunningJobs
from bot.attempts import attempting

LONG = 60.0


async def wait_forever() -> None:
    await asyncio.Event().wait()


async def start(running: RunningJobs, work: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
    """Start a job, and let it run until it waits."""

    async def run() -> None:
        with running.job("job"):
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
    job = await start(running, wait_forever)
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
    for begin in (running.job("job"), running.step()):
        with pytest.raises(asyncio.CancelledError):
            begin.__enter__()
    for go_on in (running.pause_step, running.resume_step):
        with pytest.raises(asyncio.CancelledError):
            go_on()


async def test_call_does_not_leave_while_the_process_stops_and_the_next_process_may_make_it() -> None:
    """It waited for a free connection, for example."""
    running, may_go_on, marks, calls = RunningJobs(), asyncio.Event(), set[str](), list[str]()

    async def send() -> None:
        with running.step():
            async with attempting(*marking(marks)):
                begin_call(running.check_call, "POST")
                await may_go_on.wait()
                let_call_leave(running.check_call, "POST")
                calls.append("left")

    job = await start(running, send)
    await until_marked(marks)
    stop = asyncio.create_task(running.stop(LONG))
    await asyncio.sleep(0)
    may_go_on.set()
    await stop
    assert (job.cancelled(), calls, marks) == (True, [], set())


async def test_call_that_has_left_is_waited_for_while_the_process_stops() -> None:
    running, answer, marks, answered = RunningJobs(), asyncio.Event(), set[str](), list[str]()

    async def send() -> None:
        with running.step():
            async with attempting(*marking(marks)):
                let_call_leave(running.check_call, "POST")
                await answer.wait()
                answered.append("sent")

    job = await start(running, send)
    await until_marked(marks)
    stop = asyncio.create_task(running.stop(LONG))
    await asyncio.sleep(0)
    answer.set()
    await stop
    assert (job.cancelled(), answered, marks) == (False, ["sent"], {"mark"})


@pytest.mark.parametrize("has_left", [False, True])
async def test_call_that_is_cut_short_at_the_end_keeps_its_mark_only_if_it_has_left(
    *, has_left: bool
) -> None:
    running, marks = RunningJobs(), set[str]()

    async def send() -> None:
        with running.step():
            async with attempting(*marking(marks)):
                begin_call(running.check_call, "POST")
                if has_left:
                    let_call_leave(running.check_call, "POST")
                await asyncio.Event().wait()

    job = await start(running, send)
    await until_marked(marks)
    await running.stop(0.01)
    assert (job.cancelled(), marks) == (True, {"mark"} if has_left else set())


async def test_mark_of_a_job_that_another_process_may_have_taken_over_stays() -> None:
    """That process has read it, and decides by it."""
    held, may_go_on, marks, calls = Held(), asyncio.Event(), set[str](), list[str]()
    running = RunningJobs(held)

    async def send() -> None:
        with running.step():
            async with attempting(*marking(marks)):
                await may_go_on.wait()
                let_call_leave(running.check_call, "POST")
                calls.append("left")

    job = await start(running, send)
    await until_marked(marks)
    held.is_held = False
    may_go_on.set()
    await asyncio.wait({job})
    assert (job.cancelled(), calls, marks) == (True, [], {"mark"})


async def test_answer_to_a_person_leaves_while_the_process_stops() -> None:
    """It is no job. Nobody would give it after the stop."""
    running = RunningJobs()
    running.begin_stop()
    running.check_call()


def marking(marks: set[str]) -> tuple[Callable[[], Awaitable[bool]], Callable[[], Awaitable[None]]]:
    """Return how a mark is stored and taken back."""

    async def mark() -> bool:
        marks.add("mark")
        return False

    async def take_back() -> None:
        marks.discard("mark")

    return mark, take_back


async def until_marked(marks: set[str]) -> None:
    """Let the job run until it waits in its call."""
    while not marks:
        await asyncio.sleep(0)
    for _turn in range(5):
        await asyncio.sleep(0)


class Held:
    """A lease that a test takes away."""

    def __init__(self) -> None:
        self.is_held = True

    def __call__(self) -> bool:
        return self.is_held


async def test_job_without_a_lease_makes_no_call_and_is_named() -> None:
    held, calls = Held(), list[str]()
    running = RunningJobs(held)
    may_go_on = asyncio.Event()

    async def call() -> None:
        with running.step():
            await may_go_on.wait()
            running.check_call()
            calls.append("left")

    job = await start(running, call)
    held.is_held = False
    may_go_on.set()
    await asyncio.wait({job})
    assert (job.cancelled(), calls, running.left_behind) == (True, [], {"job"})


async def test_call_of_a_job_in_a_task_of_its_own_is_checked_too() -> None:
    held, calls = Held(), list[str]()
    running = RunningJobs(held)

    async def call() -> None:
        running.check_call()
        calls.append("left")

    async def work() -> None:
        held.is_held = False
        await asyncio.gather(call())

    job = await start(running, work)
    await asyncio.wait({job})
    assert (job.cancelled(), calls) == (True, [])


async def test_call_outside_a_job_needs_no_lease() -> None:
    """An answer to a person is no job, and no other process gives it."""
    held = Held()
    held.is_held = False
    RunningJobs(held).check_call()


async def test_call_under_way_is_finished_and_the_next_one_does_not_leave_even_under_a_new_lease() -> None:
    """The other process took the job over in between, so a new lease does not give it back."""
    running, answer, calls = RunningJobs(), asyncio.Event(), list[str]()

    async def two_calls() -> None:
        with running.step():
            for name in ("first", "second"):
                running.check_call()
                calls.append(name)
                await answer.wait()

    job = await start(running, two_calls)
    running.end_lease()
    answer.set()
    await asyncio.wait({job})
    assert (job.cancelled(), calls, running.left_behind) == (True, ["first"], {"job"})


async def test_job_that_begins_again_is_no_longer_left_behind() -> None:
    running = RunningJobs()
    job = await start(running, wait_forever)
    running.end_lease()
    await asyncio.wait({job})
    assert (job.cancelled(), running.left_behind) == (True, {"job"})
    await start(running, wait_forever)
    assert running.left_behind == set()
    await running.stop(LONG)


def test_lease_ends_before_the_others_adopt() -> None:
    """It counts from before the heartbeat was written, by a clock of this machine."""
    now = 100.0
    lease = Lease(30, lambda: now)
    assert not lease.is_held()
    began = lease.now()
    now += 5
    lease.extend(began)
    now = began + 22
    assert lease.is_held()
    now = began + 23
    assert not lease.is_held()
