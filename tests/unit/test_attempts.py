"""The mark of an attempt stays exactly where its call may have left this machine."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.attempts import attempting, begin_call, current_attempt, let_call_leave, owned_by, tracked_call


class Marks:
    """One mark in a database, and what happened to it."""

    def __init__(self, *, is_marked: bool = False) -> None:
        self.is_marked = is_marked
        self.may_commit = asyncio.Event()
        self.may_commit.set()

    async def mark(self) -> bool:
        await self.may_commit.wait()
        was_marked, self.is_marked = self.is_marked, True
        return was_marked

    async def take_back(self) -> None:
        await self.may_commit.wait()
        self.is_marked = False


def attempt(marks: Marks, call: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
    """Start an attempt at a call."""

    async def run() -> None:
        async with attempting(marks.mark, marks.take_back):
            await call()

    return asyncio.create_task(run())


async def cancelled(task: "asyncio.Task[None]") -> bool:
    await asyncio.wait({task})
    return task.cancelled()


async def withheld() -> None:
    begin_call()
    raise asyncio.CancelledError


async def cut_short() -> None:
    begin_call()
    let_call_leave()
    raise asyncio.CancelledError


async def answered() -> None:
    begin_call()
    let_call_leave()


async def test_mark_of_a_call_that_never_left_is_taken_back() -> None:
    marks = Marks()
    assert await cancelled(attempt(marks, withheld))
    assert not marks.is_marked


async def test_mark_of_a_call_that_was_cut_short_stays() -> None:
    marks = Marks()
    assert await cancelled(attempt(marks, cut_short))
    assert marks.is_marked


async def test_mark_of_a_call_that_was_answered_stays() -> None:
    marks = Marks()
    await attempt(marks, answered)
    assert marks.is_marked


async def test_mark_stays_after_an_error_for_its_caller_to_judge() -> None:
    marks = Marks()

    async def fail() -> None:
        raise ValueError("it said no")

    with pytest.raises(ValueError, match="it said no"):
        await attempt(marks, fail)
    assert marks.is_marked


async def test_mark_of_an_earlier_attempt_stays() -> None:
    """That call may have left, whatever becomes of this one."""
    marks = Marks(is_marked=True)
    assert await cancelled(attempt(marks, withheld))
    assert marks.is_marked


async def test_mark_stays_where_another_process_may_have_read_it() -> None:
    marks = Marks()
    with owned_by(lambda: False):
        task = attempt(marks, withheld)
    assert await cancelled(task)
    assert marks.is_marked


async def test_call_after_a_refused_one_counts_by_itself() -> None:
    """Without a field that was refused, for example: the first call did nothing."""
    marks = Marks()

    async def two_calls() -> None:
        await answered()
        await withheld()

    assert await cancelled(attempt(marks, two_calls))
    assert not marks.is_marked


async def test_token_refresh_within_an_attempt_is_no_call_of_the_attempt() -> None:
    marks = Marks()

    async def refresh_first() -> None:
        with tracked_call() as refresh:
            await answered()
        assert refresh.has_left
        raise asyncio.CancelledError

    assert await cancelled(attempt(marks, refresh_first))
    assert not marks.is_marked


async def test_mark_that_is_being_stored_is_stored_and_taken_back() -> None:
    """Cut short, nobody would know whether it is there."""
    marks = Marks()
    marks.may_commit.clear()
    task = attempt(marks, answered)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    marks.may_commit.set()
    assert await cancelled(task)
    assert not marks.is_marked


async def test_second_cancellation_does_not_keep_a_mark_from_being_taken_back() -> None:
    """The first one stops the call, and the second one comes at the end of the time for a stop."""
    marks, may_stop = Marks(), asyncio.Event()

    async def withhold() -> None:
        marks.may_commit.clear()
        may_stop.set()
        await withheld()

    task = attempt(marks, withhold)
    await may_stop.wait()
    task.cancel()
    await asyncio.sleep(0)
    marks.may_commit.set()
    assert await cancelled(task)
    assert not marks.is_marked


async def test_database_that_fails_while_a_mark_is_taken_back_gives_the_job_no_outcome() -> None:
    """The engine would store the error, and the job would not be resumed."""
    marks = Marks()

    async def fail() -> None:
        raise OSError("the database is gone")

    marks.take_back = fail  # type: ignore[method-assign]  # a database that fails
    assert await cancelled(attempt(marks, withheld))
    assert marks.is_marked


async def test_call_in_a_thread_does_not_leave_after_its_mark_was_taken_back() -> None:
    marks, may_send, has_begun = Marks(), asyncio.Event(), asyncio.Event()
    sent = list[str]()

    async def send() -> None:
        has_begun.set()
        await may_send.wait()
        let_call_leave()
        sent.append("SMS")

    detached: list[asyncio.Task[None]] = []

    async def send_detached() -> None:
        detached.append(asyncio.create_task(send()))
        await asyncio.shield(detached[0])

    task = attempt(marks, send_detached)
    await has_begun.wait()
    task.cancel()
    assert await cancelled(task)
    assert not marks.is_marked
    may_send.set()
    assert await cancelled(detached[0])
    assert sent == []


async def test_attempt_ends_with_its_block() -> None:
    await attempt(Marks(), answered)
    assert current_attempt() is None
