"""``tvbot serve`` and ``tvbot worker``: run the bot until SIGINT or SIGTERM."""

import asyncio
import signal
import sys

import structlog
import typer
from sqlalchemy.exc import SQLAlchemyError

from adapters import logs
from adapters.bootstrap import Bot
from adapters.settings import check_for_serving, load_settings
from storage.database import DatabaseInUse

log = structlog.get_logger("bot")


def run_bot(*, serves: bool, works: bool) -> None:
    """Run a web server, a worker, or both. Raises BadSettings. Exits with 1 if the bot cannot start."""
    settings = load_settings()
    check_for_serving(settings)
    logs.configure_logging(settings.log_level, settings.log_format)
    bot = Bot(settings, serves=serves, works=works)
    try:
        asyncio.run(_run_until_signal(bot))
    except DatabaseInUse:
        _exit_with_error(
            "another tvbot has this SQLite database open; stop it, or use PostgreSQL for several"
        )
    except SQLAlchemyError as error:
        _exit_with_error(f"the database cannot be used ({type(error).__name__}); check TVBOT_DATABASE_URL")
    except OSError as error:
        _exit_with_error(f"cannot listen on {settings.host}:{settings.port} ({error.strerror})")


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
