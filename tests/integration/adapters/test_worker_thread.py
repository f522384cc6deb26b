"""The worker's thread: it runs its own loop, says how it is, and ends with the web server or says why it has ended."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from adapters import worker_thread
from adapters.worker_thread import SILENT_SECONDS, WorkerThread


class WorkerFails(Exception):
    """Why the worker of a test ends."""


class FakeWorker:
    """A worker without jobs. ``fails`` is when it fails: never, at its ``start``, ``later``, or at its ``stop``."""

    def __init__(self, *, fails: str = "never") -> None:
        self.fails = fails
        self.wrong: str | None = None
        self.threads: list[str] = []
        self.woken = threading.Event()
        self.has_stopped = False

    async def start(self) -> None:
        """Note the thread."""
        self.threads.append(threading.current_thread().name)
        if self.fails == "start":
            raise WorkerFails

    async def stop(self) -> None:
        """Note the end."""
        self.has_stopped = True
        if self.fails in {"start", "stop"}:
            raise RuntimeError

    def wake(self) -> None:
        """Note the thread."""
        self.threads.append(threading.current_thread().name)
        self.woken.set()

    def find_engine_problem(self) -> str | None:
        """Return what the test says."""
        if self.fails == "later" and self.woken.is_set():
            raise WorkerFails
        return self.wrong


@pytest.fixture(autouse=True)
async def quick_beat(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let a worker note every few milliseconds that it lives."""
    monkeypatch.setattr(worker_thread, "BEAT_SECONDS", 0.005)
    yield
    assert "worker" not in {thread.name for thread in threading.enumerate()}


async def until_problem(thread: WorkerThread, problem: str | None) -> None:
    async with asyncio.timeout(30):
        while thread.find_problem() != problem:
            await asyncio.sleep(0.001)  # the worker's beat tells nobody


async def test_worker_runs_in_a_thread_of_its_own_until_the_stop() -> None:
    worker = FakeWorker()
    thread = WorkerThread(lambda: worker)
    assert thread.find_problem() == "the worker is not running"
    thread.wake()
    await thread.begin()
    assert thread.find_problem() is None
    thread.wake()
    assert await asyncio.to_thread(worker.woken.wait, 30)
    assert worker.threads == ["worker", "worker"]
    await thread.stop(1)
    assert worker.has_stopped
    assert thread.find_problem() == "the worker is not running"
    assert thread.failure is None
    # Nothing is there any more that could be woken.
    thread.wake()


async def test_problem_of_the_engine_and_its_end_are_seen() -> None:
    worker = FakeWorker()
    thread = WorkerThread(lambda: worker)
    await thread.begin()
    worker.wrong = "the engine has stopped"
    await until_problem(thread, "the engine has stopped")
    worker.wrong = None
    await until_problem(thread, None)
    await thread.stop(1)
    assert thread.find_problem() == "the worker is not running"


async def test_worker_that_cannot_start_says_why_and_is_stopped() -> None:
    # Its stop fails as well, which hides nothing.
    worker = FakeWorker(fails="start")
    thread = WorkerThread(lambda: worker)
    with pytest.raises(WorkerFails):
        await thread.begin()
    assert worker.has_stopped
    await thread.stop(1)
    assert not thread.is_alive


async def test_error_at_the_stop_is_logged_and_no_failure() -> None:
    thread = WorkerThread(lambda: FakeWorker(fails="stop"))
    await thread.begin()
    with capture_logs() as logged:
        await thread.stop(1)
    assert {
        "event": "the worker has not stopped in order",
        "error": "RuntimeError",
        "log_level": "error",
    } in logged
    assert thread.failure is None


async def test_stop_does_not_wait_for_a_start_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_thread, "LAST_SECONDS", 0.01)
    worker, hangs, may_go_on = FakeWorker(), threading.Event(), threading.Event()

    async def hang() -> None:
        hangs.set()
        may_go_on.wait(30)

    monkeypatch.setattr(worker, "start", hang)
    thread = WorkerThread(lambda: worker)
    beginning = asyncio.create_task(thread.begin())
    await asyncio.sleep(0)
    assert await asyncio.to_thread(hangs.wait, 30)
    thread.begin_stop()
    await beginning
    await thread.stop(0)
    assert thread.is_alive
    may_go_on.set()
    await thread.stop(30)
    assert not thread.is_alive


async def test_worker_that_ends_by_itself_tells_the_web_server() -> None:
    worker = FakeWorker(fails="later")
    thread = WorkerThread(lambda: worker)
    ended = asyncio.Event()
    thread.on_end = ended.set
    await thread.begin()
    thread.wake()
    async with asyncio.timeout(30):
        await ended.wait()
    assert isinstance(thread.failure, WorkerFails)
    assert thread.find_problem() == "the worker is not running"
    await thread.stop(1)


async def test_worker_whose_loop_is_blocked_has_not_answered_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_thread, "LAST_SECONDS", 0.01)
    now = 0.0
    worker, may_go_on = FakeWorker(), threading.Event()
    thread = WorkerThread(lambda: worker, now=lambda: now)
    await thread.begin()
    blocked = threading.Event()

    def block() -> None:
        blocked.set()
        may_go_on.wait(30)

    monkeypatch.setattr(worker, "wake", block)
    thread.wake()
    assert await asyncio.to_thread(blocked.wait, 30)
    now = SILENT_SECONDS + 1
    assert thread.find_problem() == "the worker has not answered for 11 s"
    await thread.stop(0)
    assert thread.is_alive
    may_go_on.set()
    await thread.stop(30)
    assert not thread.is_alive


async def test_stop_before_the_worker_is_made_ends_it() -> None:
    thread = WorkerThread(FakeWorker)
    thread.begin_stop()
    await thread.begin()
    assert thread.find_problem() == "the worker is not running"
    await thread.stop(1)
