"""Attempts at calls that must not be repeated, such as an SMS.

An attempt is marked in the database before its call. So the next run of the job knows that the call may have been made.
A job may be stopped between the mark and the call. Then the call never left, and the mark is taken back: otherwise the next
process would not dare to make the call. The HTTP clients, the mailer and the SMS gateway report here when a call leaves.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger("bot")


class Attempt:
    """One attempt at a call, which knows whether the call has left this machine. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_left = False
        self._is_withdrawn = False

    @property
    def has_left(self) -> bool:
        """Whether the call may have arrived: the other side could act on what has left."""
        return self._has_left

    def begin_call(self) -> None:
        """Note that a call is about to be made. One before it was refused, or no further one would be made."""
        with self._lock:
            self._has_left = False

    def let_call_leave(self) -> None:
        """Note that the call leaves now. Raises CancelledError after ``withdraw``."""
        with self._lock:
            if self._is_withdrawn:
                raise asyncio.CancelledError
            self._has_left = True

    def withdraw(self) -> bool:
        """Keep the call from leaving. False if it has left already."""
        with self._lock:
            self._is_withdrawn = not self._has_left
            return self._is_withdrawn


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
_owns_job: ContextVar[Callable[[], bool] | None] = ContextVar("owns_job", default=None)


def current_attempt() -> Attempt | None:
    """Return the attempt that the current call belongs to. None for a call that may be repeated."""
    return _current.get()


def begin_call() -> None:
    """Note that a call that changes something is about to be made, and may still wait for a connection."""
    attempt = _current.get()
    if attempt is not None:
        attempt.begin_call()


def let_call_leave() -> None:
    """Note that a call that changes something leaves now. Raises CancelledError if it may not leave."""
    attempt = _current.get()
    if attempt is not None:
        attempt.let_call_leave()


@contextmanager
def owned_by(owns_job: Callable[[], bool]) -> Iterator[None]:
    """Run a job whose marks belong to this process for as long as ``owns_job`` returns True."""
    previous = _owns_job.set(owns_job)
    try:
        yield
    finally:
        _owns_job.reset(previous)


@contextmanager
def tracked_call() -> Iterator[Attempt]:
    """Track a call of its own, such as a token refresh. It says nothing about the attempt that it is made for."""
    attempt = Attempt()
    previous = _current.set(attempt)
    try:
        yield attempt
    finally:
        _current.reset(previous)


@asynccontextmanager
async def attempting(
    mark: Callable[[], Awaitable[bool]], take_back: Callable[[], Awaitable[None]]
) -> AsyncIterator[bool]:
    """Mark an attempt, and yield whether an earlier one was marked. Make one call in the block, which must not be repeated.

    ``mark`` stores the mark and returns whether there was one before. ``take_back`` removes it. If the block is cancelled
    before the call has left, the mark is taken back. A mark stays if an earlier attempt made it, or if another process may
    have taken the job over: that process has read it.
    """
    was_marked = True

    async def store_mark() -> None:
        nonlocal was_marked
        was_marked = await mark()

    with tracked_call() as attempt:
        try:
            # A mark that is stored halfway could neither be trusted nor taken back.
            await finish(store_mark())
            yield was_marked
        except asyncio.CancelledError:
            owns_job = _owns_job.get()
            is_owner = owns_job is None or owns_job()
            if not was_marked and is_owner and attempt.withdraw():
                await _take_back(take_back)
            raise


async def _take_back(take_back: Callable[[], Awaitable[None]]) -> None:
    try:
        await finish(take_back())
    except Exception as error:  # noqa: BLE001 - the job was cancelled, and must not get an outcome instead
        log.warning("a mark could not be taken back", error=type(error).__name__)


async def finish(work: Awaitable[T]) -> T:
    """Await short work to its end, even if the current task is cancelled meanwhile. Then it raises CancelledError."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
