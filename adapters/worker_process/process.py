"""The web server's side: start the worker, watch it, and start it again when it has died."""

import asyncio
import gc
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn

import structlog

from adapters.settings import Settings
from adapters.worker_process.link import Link, Message, Order
from adapters.worker_process.metrics import Family

SILENT_SECONDS = 10.0
"""A worker that was not heard of for so long is stalled. It says every second that it lives."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A worker that lived for so long gets the first pause again."""
LAST_SECONDS = 8.0
"""How long a stop waits for the worker beyond ``stop_seconds``, for what it does after its last call."""
WORKER_PROGRAM = "from adapters.cli.loading import load_started_worker; load_started_worker()()"
log = structlog.get_logger("bot")

RunWorker = Callable[[socket.socket], NoReturn]
"""Runs the worker in a new process, and ends that process."""


def fork_worker(run: RunWorker) -> tuple[int, socket.socket]:
    """Start a process that shares the memory of this one, and return its id and this end of the pair of sockets.

    To be called before this process has an event loop, a thread or a connection to the database: none of them works in two
    processes. What was imported is there already, so the worker needs no second of its own and little memory.
    """
    here, there = socket.socketpair()
    # A collection would write to every object, and so copy the memory that is shared.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid:
        there.close()
        return pid, here
    try:
        here.close()
        run(there)
    finally:
        # Nothing that belongs to the first process may run here.
        os._exit(1)


def start_worker(settings: Settings, lock: int | None) -> tuple[int, socket.socket]:
    """Start the worker as a new program, and return its id and this end of the pair of sockets.

    For a worker that died: by now this process has threads and connections. The settings are those that this process has
    read, because the files may have changed. ``lock``: the descriptor of the lock on the SQLite file, which both hold.
    """
    here, there = socket.socketpair()
    settings_read, settings_write = os.pipe()
    given = [there.fileno(), settings_read, *([] if lock is None else [lock])]
    try:
        for descriptor in given:
            os.set_inheritable(descriptor, True)  # noqa: FBT003 - the system's own call
        program = [sys.executable, "-c", WORKER_PROGRAM, str(os.getpid()), *map(str, given)]
        pid = os.posix_spawn(sys.executable, program, os.environ)
        with os.fdopen(settings_write, "wb") as pipe:
            pipe.write(pickle.dumps(settings))
    finally:
        there.close()
        os.close(settings_read)
        if lock is not None:
            os.set_inheritable(lock, False)  # noqa: FBT003 - as above
    return pid, here


class WorkerProcess:
    """The worker of this ``serve``. ``started``: its process and this end of its sockets; ``start_again`` starts another one."""

    def __init__(
        self, started: tuple[int, socket.socket], start_again: Callable[[], tuple[int, socket.socket]]
    ) -> None:
        self._pid, self._end = started
        self._start_again = start_again
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._is_up = False
        self._wrong: str | None = None
        self._heard_at = 0.0
        self.metrics: Sequence[Family] = ()
        """The worker's metrics, as it sent them last."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when the worker has begun or ended, so that readiness does not wait for its next round."""

    @property
    def pid(self) -> int:
        """The id of the worker's process."""
        return self._pid

    async def begin(self) -> None:
        """Let the worker run jobs, and watch it. The database must be ready."""
        self._link = await self._connect()
        self._task = asyncio.create_task(self._watch(self._link))

    def wake(self) -> None:
        """Let the worker look for jobs now."""
        if self._link is not None:
            self._link.order(Order.WAKE)

    def find_problem(self) -> str | None:
        """Return what is wrong with the worker, or None."""
        if not self._is_up:
            return "the worker is not running"
        silent = time.monotonic() - self._heard_at
        if silent > SILENT_SECONDS:
            return f"the worker has not answered for {int(silent)} s"
        return self._wrong

    def begin_stop(self) -> None:
        """Let the worker begin no step any more, and end."""
        self._is_stopping = True
        if self._link is not None:
            self._link.order(Order.STOP)

    async def stop(self, seconds: float) -> None:
        """Wait until the worker has ended, and kill it after ``seconds`` and ``LAST_SECONDS``."""
        self.begin_stop()
        if self._task is None:
            # It was never told to begin. When its socket closes it ends.
            self._end.close()
            await asyncio.to_thread(_wait_for, self._pid)
            return
        try:
            async with asyncio.timeout(seconds + LAST_SECONDS):
                await asyncio.shield(self._task)
        except TimeoutError:
            log.warning("the worker did not end in time and is killed")
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            await self._task

    async def _connect(self) -> Link:
        link = await Link.open(self._end)
        link.order(Order.BEGIN)
        return link

    async def _watch(self, link: Link) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            async for message in link.messages():
                self._hear(message)
            self._is_up = False
            link.close()
            code = await asyncio.to_thread(_wait_for, self._pid)
            self.on_change()
            if self._is_stopping:
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.error("the worker has ended and is started again", exit_code=code, pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            if self._is_stopping:
                return
            self._pid, self._end = self._start_again()
            self._link = link = await self._connect()

    def _hear(self, message: Message) -> None:
        self._heard_at = time.monotonic()
        self._wrong = message["wrong"]
        self.metrics = message.get("metrics", self.metrics)
        if not self._is_up:
            self._is_up = True
            self.on_change()


def _wait_for(pid: int) -> int:
    """Wait for the end of a process, and return its exit code: of one that was killed, the signal with a minus."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
