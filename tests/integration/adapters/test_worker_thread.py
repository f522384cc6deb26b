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


class Hang:
    """Blocks the thread that calls it, until the test lets it go."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._may_go_on = threading.Event()

    def __call__(self) -> None:
        self._begun.set()
        self._may_go_on.wait(30)

    async def until_begun(self) -> None:
        """Wait until a thread is blocked."""
        assert await asyncio.to_thread(self._begun.wait, 30)

    async def expect_to_be_left_behind(self, thread: WorkerThread) -> None:
        """Stop a worker that is blocked, which is not waited for, and then let it go."""
        await thread.stop(0)
        assert thread.is_alive
        self._may_go_on.set()
        await thread.stop(30)
        assert not thread.is_alive


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
    worker, hang = FakeWorker(), Hang()

    async def start() -> None:
        hang()

    monkeypatch.setattr(worker, "start", start)
    thread = WorkerThread(lambda: worker)
    beginning = asyncio.create_task(thread.begin())
    await hang.until_begun()
    thread.begin_stop()
    await beginning
    await hang.expect_to_be_left_behind(thread)


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
    worker, hang = FakeWorker(), Hang()
    thread = WorkerThread(lambda: worker, now=lambda: now)
    await thread.begin()
    monkeypatch.setattr(worker, "wake", hang)
    thread.wake()
    await hang.until_begun()
    now = SILENT_SECONDS + 1
    assert thread.find_problem() == "the worker has not answered for 11 s"
    await hang.expect_to_be_left_behind(thread)


async def test_stop_before_the_worker_is_made_ends_it() -> None:
    thread = WorkerThread(FakeWorker)
    thread.begin_stop()
    await thread.begin()
    assert thread.find_problem() == "the worker is not running"
    await thread.stop(1)
