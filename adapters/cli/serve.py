"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import os
import signal

import structlog

from adapters import logs
from adapters.bootstrap import LOCK_WAIT_SECONDS, Bot
from adapters.cli.failures import CommandFailed, system_reason
from adapters.settings import BadSettings, Settings
from adapters.web.server import CannotListen
from adapters.worker_process.child import run_worker
from adapters.worker_process.process import WorkerProcess, fork_worker, start_worker
from storage.database import Database

log = structlog.get_logger("bot")


def run_bot(settings: Settings, *, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings, CommandFailed, DatabaseInUse, SQLAlchemyError."""
    _require_worker(settings, works=works)
    logs.configure_logging(settings.log_level, settings.log_format)
    database = Database(settings.database_url)
    worker = _start_worker_process(settings, database) if serves and works else None
    bot = Bot(settings, serves=serves, works=works and worker is None, worker=worker, database=database)
    try:
        asyncio.run(_run_until_signal(bot))
    except OSError as error:
        reason = system_reason(error)
        named = error.settings if isinstance(error, CannotListen) else "TVBOT_HOST and TVBOT_PORT"
        raise CommandFailed(f"the bot cannot listen at {named} ({reason}); choose another port") from None


def _start_worker_process(settings: Settings, database: Database) -> WorkerProcess:
    """Start the worker in a process of its own. It waits until the database is ready.

    Raises DatabaseInUse, DatabaseUnusable.
    """
    # Before the fork, so that both processes hold the lock: while one of them lives, no other tvbot uses the file.
    database.lock_file(LOCK_WAIT_SECONDS)
    parent = os.getpid()
    return WorkerProcess(
        fork_worker(lambda end: run_worker(settings, database, parent, end)),
        lambda: start_worker(settings, database.lock_descriptor),
    )


def _require_worker(settings: Settings, *, works: bool) -> None:
    """Raise BadSettings for a web server alone on SQLite: no other process can do its background work."""
    if not works and settings.uses_sqlite:
        raise BadSettings(
            ["TVBOT_DATABASE_URL: must be PostgreSQL with --no-worker; with SQLite, leave out --no-worker"]
        )


async def _run_until_signal(bot: Bot) -> None:
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_requested.set)
    try:
        await bot.start()
        log.info("running", port=bot.server.port if bot.server else None, works=bot.works)
        await stop_requested.wait()
        log.info("stopping")
    finally:
        await bot.stop()
    log.info("stopped")
