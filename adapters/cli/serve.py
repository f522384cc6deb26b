"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import signal

import structlog

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.failures import CommandFailed, system_reason
from adapters.settings import BadSettings, Settings, load_settings, problems_for_serving
from adapters.web.server import CannotListen

log = structlog.get_logger("bot")


def run_bot(*, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings, CommandFailed, DatabaseInUse, SQLAlchemyError."""
    settings = load_settings(problems_for_serving)
    _require_worker(settings, works=works)
    logs.configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(_run_until_signal(Bot(settings, serves=serves, works=works)))
    except OSError as error:
        reason = system_reason(error)
        named = error.settings if isinstance(error, CannotListen) else "TVBOT_HOST and TVBOT_PORT"
        raise CommandFailed(f"the bot cannot listen at {named} ({reason}); choose another port") from None


def _require_worker(settings: Settings, *, works: bool) -> None:
    """Raise BadSettings for a web server alone on SQLite: no other process can do its background work."""
    if not works and settings.database_url.startswith("sqlite"):
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
        log.info("running", port=bot.server.port if bot.server else None, works=bot.engine is not None)
        await stop_requested.wait()
        log.info("stopping")
    finally:
        await bot.stop()
    log.info("stopped")
