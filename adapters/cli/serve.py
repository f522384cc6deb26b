"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import signal

import structlog

from adapters import logs
from adapters.bootstrap import Bot
from adapters.settings import BadSettings, Settings, check_for_serving, load_settings
from storage.database import DatabaseInUse
from storage.explain import explain_database_error

log = structlog.get_logger("bot")


def run_bot(*, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings. Exits with 1 if the bot cannot start."""
    settings = load_settings()
    check_for_serving(settings)
    _require_worker(settings, works=works)
    logs.configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(_run_until_signal(bot))
    except DatabaseInUse:
        _exit_with_error(
            "another tvbot has this SQLite database open; stop it, or use PostgreSQL for several"
        )
    except SQLAlchemyError as error:
        _exit_with_error(f"{explain_database_error(error)}; TVBOT_DATABASE_URL names it")
    except OSError as error:
        _exit_with_error(f"cannot listen on {settings.host}:{settings.port} ({error.strerror})")


def _require_worker(settings: Settings, *, works: bool) -> None:
    """Raise BadSettings for a web server alone on SQLite: no other process can do its background work."""
    if not works and settings.database_url.startswith("sqlite"):
        raise BadSettings(
            ["TVBOT_DATABASE_URL: must be PostgreSQL with --no-worker; with SQLite, leave out --no-worker"]
        )


def _exit_with_error(message: str) -> None:
    typer.echo(f"tvbot: {message}", err=True)
    sys.exit(1)


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
