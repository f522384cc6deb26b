"""``tvbot demo``: the bot and a sandbox in one process. No other file of the product imports the sandbox."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import typer

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.failures import system_reason
from adapters.settings import Settings, settings_from
from sandbox.demo import DemoRoutes, create_scenario
from sandbox.environment import Environment
from storage.database import DatabaseInUse
from storage.vault import new_key


def run_demo(port: int, database: Path | None) -> None:
    """Run the demo until SIGINT or SIGTERM. Exits with 1 if it cannot start."""
    logs.configure_logging("warning", "console")
    with tempfile.TemporaryDirectory(prefix="tvbot-demo-") as folder:
        file = database or Path(folder) / "demo.db"
        try:
            asyncio.run(_run_until_signal(port, file))
        except DatabaseInUse:
            typer.echo("tvbot: another demo uses this database; choose another with --database", err=True)
            sys.exit(1)
        except OSError as error:
            typer.echo(
                f"tvbot: cannot listen on port {port} ({system_reason(error)}); choose another with --port",
                err=True,
            )
            sys.exit(1)


async def _run_until_signal(port: int, file: Path) -> None:
    stop_requested = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_requested.set)
    environment = Environment()
    await environment.start()
    scenario = create_scenario(environment)
    url = f"http://127.0.0.1:{port}"
    environment.set_bot_url(url)
    bot = Bot(
        _demo_settings(environment, scenario.admins, url, port, file),
        extend=DemoRoutes(environment, scenario).add_routes,
    )
    try:
        await bot.start()
        typer.echo(f"tvbot demo: open {url} in a browser. Ctrl-C ends it.")
        await stop_requested.wait()
    finally:
        await bot.stop()
        await environment.stop()


def _demo_settings(environment: Environment, admins: str, url: str, port: int, file: Path) -> Settings:
    """Return the settings of the demo. They ignore the environment variables, so that it is the same everywhere."""
    return settings_from(
        {
            **environment.bot_settings(),
            "TVBOT_PUBLIC_URL": url,
            "TVBOT_PORT": str(port),
            "TVBOT_DATABASE_URL": f"sqlite:///{file}",
            "TVBOT_SECRET_KEYS": _load_or_create_key(file),
            "TVBOT_POLL_SECONDS": "2",
            "TVBOT_ADMINS": admins,
        }
    )


def _load_or_create_key(database: Path) -> str:
    """Return the secret key beside a database file. Create it if it is missing, readable for its owner only.

    A database given with ``--database`` outlives the process, so its key must too.
    """
    key_file = database.with_suffix(".key")
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(new_key(), encoding="utf-8")
    return key_file.read_text(encoding="utf-8").strip()
