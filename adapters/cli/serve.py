"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import os
import signal

import structlog

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.failures import CommandFailed, system_reason
from adapters.settings import BadSettings, Settings
from adapters.web.server import CannotListen
from adapters.worker_thread import WorkerThread

log = structlog.get_logger("bot")


def run_bot(settings: Settings, *, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings, CommandFailed, DatabaseInUse, SQLAlchemyError."""
    _require_worker(settings, works=works)
    logs.configure_logging(settings.log_level, settings.log_format)
    worker = WorkerThread(lambda: Bot(settings, serves=False, is_prepared=True)) if serves and works else None
    bot = Bot(settings, serves=serves, works=works and worker is None, worker=worker)
    try:
        asyncio.run(_run_until_signal(bot, worker))
    except OSError as error:
        if worker is not None and error is worker.failure:
            raise
        reason = system_reason(error)
        named = error.settings if isinstance(error, CannotListen) else "TVBOT_HOST and TVBOT_PORT"
        raise CommandFailed(f"the bot cannot listen at {named} ({reason}); choose another port") from None
    if worker is not None and worker.is_alive:
        # Nothing can end a thread from outside, and Python would wait for it and for its pools. Its jobs are the next process's.
        log.warning("the worker is left behind")
        os._exit(0)


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
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_requested.set)
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
