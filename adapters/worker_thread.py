"""The worker of ``tvbot serve``: an event loop in a thread of its own, beside the one that answers."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import structlog

BEAT_SECONDS = 1.0
SILENT_SECONDS = 10.0
"""A worker that was not heard of for so long is stalled. It notes every second that its loop runs."""
LAST_SECONDS = 8.0
"""How long a stop waits for the worker beyond ``stop_seconds``, for what it does after its last call."""
log = structlog.get_logger("bot")


class Worker(Protocol):
    """A bot that does the background work. It is made and used in the worker's thread alone."""

    async def start(self) -> None:
        """Begin to run jobs."""

    async def stop(self) -> None:
        """End what was begun, also after a start that failed."""

    def wake(self) -> None:
        """Look for new jobs now."""

    def find_engine_problem(self) -> str | None:
        """Return why no job can run, or None."""


class WorkerThread:
    """Runs the worker that ``make_worker`` returns. All methods belong to the web server's event loop.

    ``now`` is a clock of seconds that only moves forward.
    """

    def __init__(
        self, make_worker: Callable[[], Worker], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._make_worker = make_worker
        self._now = now
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: Worker | None = None
        self._stop_requested = asyncio.Event()
        self._is_stopping = False
        self._begun = asyncio.Event()
        self._ended = asyncio.Event()
        self._is_up = False
        self._wrong: str | None = None
        self._heard_at = 0.0
        self.failure: BaseException | None = None
        """What ended the worker, if it was no stop."""
        self.on_end: Callable[[], object] = lambda: None
        """Called when the worker has ended, whatever the reason."""

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    async def begin(self) -> None:
        """Start the thread, and wait until the worker runs jobs, or until a stop. The database must be ready.

        Raises what the worker's start raises.
        """
        self._thread = threading.Thread(
            target=self._run, args=(asyncio.get_running_loop(),), name="worker", daemon=True
        )
        self._thread.start()
        await self._begun.wait()
        if self.failure is not None:
            raise self.failure

    def wake(self) -> None:
        """Let the worker look for jobs now."""
        if self._worker is not None:
            self._call(self._worker.wake)

    def find_problem(self) -> str | None:
        """Return what is wrong with the worker, or None."""
        if not self._is_up:
            return "the worker is not running"
        silent = self._now() - self._heard_at
        if silent > SILENT_SECONDS:
            return f"the worker has not answered for {int(silent)} s"
        return self._wrong

    def begin_stop(self) -> None:
        """Let the worker begin no step any more, and end. A start that is under way is not waited for any more."""
        self._is_stopping = True
        self._begun.set()
        self._call(self._stop_requested.set)

    async def stop(self, seconds: float) -> None:
        """Wait until the worker has ended, for ``seconds`` and ``LAST_SECONDS`` at most. See ``is_alive`` afterwards."""
        self.begin_stop()
        if self._thread is None:
            return
        try:
            async with asyncio.timeout(seconds + LAST_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            log.warning("the worker did not end in time")
            return
        # It has said that it ends, so this takes a moment at most.
        self._thread.join()

    def _call(self, call: Callable[[], object]) -> None:
        """Call something in the worker's thread, unless its loop is not there yet or not any more."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(call)

    def _run(self, web: asyncio.AbstractEventLoop) -> None:
        """Run the worker until it has ended. This is what the thread does."""
        try:
            asyncio.run(self._work(web))
        except BaseException as error:  # noqa: BLE001 - `begin` raises it, or `serve` ends with it
            if self._is_stopping:
                log.error("the worker has ended with an error", error=type(error).__name__)  # noqa: TRY400 - its message may have a value
            else:
                self.failure = error
        finally:
            with suppress(RuntimeError):  # `serve` waits no longer, and its loop is closed
                web.call_soon_threadsafe(self._note_end)

    async def _work(self, web: asyncio.AbstractEventLoop) -> None:
        self._loop = asyncio.get_running_loop()
        # A stop before this moment found no loop to tell.
        if self._is_stopping:
            return
        self._worker = worker = self._make_worker()
        try:
            await worker.start()
            self._beat(worker)
            web.call_soon_threadsafe(self._note_begin)
            while not await self._stops_within(BEAT_SECONDS):
                self._beat(worker)
        finally:
            await _stop(worker)

    def _beat(self, worker: Worker) -> None:
        self._wrong = worker.find_engine_problem()
        self._heard_at = self._now()

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop_requested.wait()
        return self._stop_requested.is_set()

    def _note_begin(self) -> None:
        self._is_up = True
        self._begun.set()

    def _note_end(self) -> None:
        self._is_up = False
        self._begun.set()
        self._ended.set()
        self.on_end()


async def _stop(worker: Worker) -> None:
    """Stop the worker. What goes wrong then hides no error that came before, and is no reason to end with one."""
    try:
        await worker.stop()
    except Exception as error:  # noqa: BLE001 - see above
        log.error("the worker has not stopped in order", error=type(error).__name__)  # noqa: TRY400 - its message may have a value
