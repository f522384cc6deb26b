"""Runs the bot until it is told to stop."""

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
    """Run a web server, a worker, or both. Raises BadSettings; exits 1 where it cannot start."""
    settings = load_settings()
    check_for_serving(settings)
    logs.configure_logging(settings.log_level, settings.log_format)
    bot = Bot(settings, serves=serves, works=works)
    try:
        asyncio.run(_until_told(bot))
    except DatabaseInUse:
        _give_up("another tvbot has this SQLite database open; stop it, or use PostgreSQL for several")
    except SQLAlchemyError as error:
        _give_up(f"the database cannot be used ({type(error).__name__}); check TVBOT_DATABASE_URL")
    except OSError as error:
        _give_up(f"cannot listen on {settings.host}:{settings.port} ({error.strerror})")


def _give_up(sentence: str) -> None:
    typer.echo(f"tvbot: {sentence}", err=True)
    sys.exit(1)


async def _until_told(bot: Bot) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, told.set)
    try:
        await bot.start()
        log.info("running", port=bot.server.port if bot.server else None, works=bot.engine is not None)
        await told.wait()
        log.info("stopping")
    finally:
        await bot.stop()
    log.info("stopped")
