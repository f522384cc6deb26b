"""``tvbot demo``: the bot and a sandbox in one process. The one place where the product meets the sandbox."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import structlog
import typer

from adapters import logs
from adapters.bootstrap import Bot
from adapters.settings import Settings, settings_from
from sandbox.demo import DemoRoutes, create_scenario
from sandbox.environment import Environment
from storage.database import DatabaseInUse
from storage.vault import new_key

log = structlog.get_logger("demo")


def run_demo(port: int, database: Path | None) -> None:
    """Run the demo until it is told to stop."""
    logs.configure_logging("warning", "console")
    with tempfile.TemporaryDirectory(prefix="tvbot-demo-") as folder:
        file = database or Path(folder) / "demo.db"
        try:
            asyncio.run(_run(port, file))
        except DatabaseInUse:
            typer.echo("tvbot: another demo uses this database; choose another with --database", err=True)
            sys.exit(1)
        except OSError as error:
            typer.echo(
                f"tvbot: cannot listen on port {port} ({error.strerror}); choose another with --port",
                err=True,
            )
            sys.exit(1)


async def _run(port: int, file: Path) -> None:
    told = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, told.set)
    town = Environment()
    await town.start()
    scenario = create_scenario(town)
    url = f"http://127.0.0.1:{port}"
    town.set_bot_url(url)
    bot = Bot(_settings(town, scenario.admins, url, port, file), extend=DemoRoutes(town, scenario).add_routes)
    try:
        await bot.start()
        typer.echo(f"tvbot demo: open {url} in a browser. Ctrl-C ends it.")
        await told.wait()
    finally:
        await bot.stop()
        await town.stop()


def _settings(town: Environment, admins: str, url: str, port: int, file: Path) -> Settings:
    """The demo takes nothing from the environment, so that it is the same everywhere."""
    return settings_from(
        {
            **town.bot_settings(),
            "TVBOT_PUBLIC_URL": url,
            "TVBOT_PORT": str(port),
            "TVBOT_DATABASE_URL": f"sqlite:///{file}",
            "TVBOT_SECRET_KEYS": _key_beside(file),
            "TVBOT_POLL_SECONDS": "2",
            "TVBOT_ADMINS": admins,
        }
    )


def _key_beside(file: Path) -> str:
    """A database that is kept needs its key kept: it lies beside it, for its owner's eyes alone."""
    kept = file.with_suffix(".key")
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(new_key(), encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()
