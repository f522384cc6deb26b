"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import os
import resource
import signal
from typing import NoReturn

import structlog

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.failures import CommandFailed, explain_failure, system_reason
from adapters.settings import BadSettings, Settings
from adapters.web.server import CannotListen
from adapters.worker_thread import WorkerThread

OPEN_FILES = 8192
"""More than all connections together: of senders (``adapters/web/connections.py``), to the outside, and to the database."""
log = structlog.get_logger("bot")


def run_bot(settings: Settings, *, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings, CommandFailed, DatabaseInUse, SQLAlchemyError."""
    _require_worker(settings, works=works)
    logs.configure_logging(settings.log_level, settings.log_format)
    worker = WorkerThread(lambda: Bot(settings, serves=False, is_prepared=True)) if serves and works else None
    bot = Bot(settings, serves=serves, works=works and worker is None, worker=worker)
    _allow_open_files()
    failure: Exception | None = None
    try:
        asyncio.run(_run_until_signal(bot, worker))
    except Exception as error:  # noqa: BLE001 - it is raised below
        failure = _named(error, worker)
    if worker is not None and worker.is_alive:
        _leave_behind(failure)
    if failure is not None:
        raise failure


def _named(error: Exception, worker: WorkerThread | None) -> Exception:
    """Return the error, or what to do about an address on which the bot cannot listen."""
    if not isinstance(error, OSError) or (worker is not None and error is worker.failure):
        return error
    named = error.settings if isinstance(error, CannotListen) else "TVBOT_HOST and TVBOT_PORT"
    return CommandFailed(f"the bot cannot listen at {named} ({system_reason(error)}); choose another port")


def _leave_behind(failure: Exception | None) -> NoReturn:
    """End the process although its worker has not ended. Its jobs are the next process's.

    Nothing can end a thread from outside, and at its end Python would wait for the threads of the worker's pools.
    """
    log.warning("the worker is left behind")
    if failure is None:
        os._exit(0)
    reason, code = explain_failure(failure)
    log.error("the bot cannot run", reason=reason)
    os._exit(code)


def _allow_open_files() -> None:
    """Allow as many open files as the system lets this process have, up to ``OPEN_FILES``. Many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _require_worker(settings: Settings, *, works: bool) -> None:
    """Raise BadSettings for a web server alone on SQLite: no other process can do its background work."""
    if not works and settings.uses_sqlite:
        raise BadSettings(
            ["TVBOT_DATABASE_URL: must be PostgreSQL with --no-worker; with SQLite, leave out --no-worker"]
        )


async def _run_until_signal(bot: Bot, worker: WorkerThread | None) -> None:
    """Run the bot until a signal, or until its worker has ended by itself. Raises what ended the worker."""
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()

    def request_stop() -> None:
        stop_requested.set()
        if worker is not None:
            # Its start may wait for a database that is away.
            worker.begin_stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, request_stop)
    if worker is not None:
        worker.on_end = stop_requested.set
    try:
        await bot.start()
        log.info("running", port=bot.server.port if bot.server else None, works=bot.works)
        await stop_requested.wait()
        log.info("stopping")
    finally:
        await bot.stop()
    log.info("stopped")
    if worker is not None and worker.failure is not None:
        raise worker.failure
