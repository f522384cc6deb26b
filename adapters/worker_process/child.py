"""The worker's side: run jobs while the web server's process lives."""

import asyncio
import ctypes
import os
import pickle
import signal
import socket
import sys
from typing import NoReturn

import structlog

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.failures import explain_failure
from adapters.settings import Settings, remember_secrets
from adapters.worker_process.link import Link, Order
from adapters.worker_process.metrics import collect_families
from storage.database import Database

BEAT_SECONDS = 1.0
METRICS_EVERY_BEATS = 5
ORPHANED = 3
"""The exit code of a worker whose web server's process has ended."""
_PR_SET_PDEATHSIG = 1
log = structlog.get_logger("bot")


def run_worker(settings: Settings, database: Database, parent: int, end: socket.socket) -> NoReturn:
    """Run the worker in this process, which ``parent`` started for it, and end the process."""
    _end_with_parent(parent)
    # Ctrl-C reaches every process of a terminal. The parent decides what ends when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 0
    try:
        asyncio.run(_work(settings, database, end))
    except Exception as error:  # noqa: BLE001 - the parent starts it again, and an operator reads why
        reason, code = explain_failure(error)
        log.error("the worker cannot run", reason=reason)  # noqa: TRY400 - without its message
    # Nothing that belongs to the parent may run here.
    os._exit(code)


def run_started_worker() -> NoReturn:
    """Run the worker as a program. The arguments are the parent's id, and descriptors: socket, settings, lock of the file."""
    parent, end, given, *lock = (int(argument) for argument in sys.argv[1:])
    with os.fdopen(given, "rb") as pipe:
        settings: Settings = pickle.load(pipe)  # noqa: S301 - the parent wrote it
    remember_secrets(dict(settings))
    logs.configure_logging(settings.log_level, settings.log_format)
    database = Database(settings.database_url)
    if lock:
        database.hold_lock(lock[0])
    run_worker(settings, database, parent, socket.socket(fileno=end))


def _end_with_parent(parent: int) -> None:
    """Have the system kill this process at once when its parent has ended, where it can (Linux: prctl).

    Elsewhere the closed socket says so, a moment later.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(ORPHANED)


async def _work(settings: Settings, database: Database, end: socket.socket) -> None:
    """Run jobs until the parent says stop. If the parent ends without a word, end at once."""
    link = await Link.open(end)
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_requested.set)
    bot = Bot(settings, serves=False, database=database, is_prepared=True)
    may_begin = asyncio.Event()
    orders = asyncio.create_task(_follow_orders(link, bot, may_begin, stop_requested))
    if not await _first(may_begin, stop_requested):
        return
    beats: asyncio.Task[None] | None = None
    try:
        await bot.start()
        beats = asyncio.create_task(_beat(link, bot))
        await stop_requested.wait()
    finally:
        await bot.stop()
        for task in (orders, beats):
            if task is not None:
                task.cancel()


async def _first(may_begin: asyncio.Event, stop_requested: asyncio.Event) -> bool:
    """Wait for the word to begin. False if a stop comes first."""
    waits = [asyncio.create_task(event.wait()) for event in (may_begin, stop_requested)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not stop_requested.is_set()


async def _follow_orders(
    link: Link, bot: Bot, may_begin: asyncio.Event, stop_requested: asyncio.Event
) -> None:
    async for message in link.messages():
        match Order(message["order"]):
            case Order.BEGIN:
                may_begin.set()
            case Order.WAKE:
                bot.wake()
            case Order.STOP:
                stop_requested.set()
    # The parent was killed. Its work is the next process's: nothing is finished here, as after a kill of this one.
    os._exit(ORPHANED)


async def _beat(link: Link, bot: Bot) -> None:
    """Say every second that the event loop runs, and whether the engine does."""
    number = 0
    while True:
        wrong = bot.engine.wrong() if bot.engine is not None else None
        metrics = {"metrics": collect_families()} if number % METRICS_EVERY_BEATS == 0 else {}
        link.send({"wrong": wrong, **metrics})
        number += 1
        await asyncio.sleep(BEAT_SECONDS)
