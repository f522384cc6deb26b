"""``tvbot demo``: the bot and a sandbox in one process. No other file of the product imports the sandbox."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import typer

from adapters import logs
from adapters.bootstrap import Bot
from adapters.cli.demo_restart import end_earlier_run
from adapters.cli.failures import system_reason
from adapters.settings import Settings, settings_from
from adapters.web.server import CannotListen
from manifest.slack import SlackManifest
from sandbox.demo import DemoRoutes, create_scenario
from sandbox.environment import Environment
from storage.database import DatabaseInUse, DatabaseUnusable
from storage.vault import new_key

_INTERRUPTED = 130


def run_demo(port: int, database: Path | None, language: str | None = None) -> None:
    """Run the demo until SIGINT or SIGTERM. Exits with 1 if it cannot start.

    ``language`` is the one of everybody in it. Without it the people's languages differ.
    """
    logs.configure_logging("warning", "console")
    # Every system is on this machine, which a proxy does not reach.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    with tempfile.TemporaryDirectory(prefix="tvbot-demo-") as folder:
        file = database or Path(folder) / "demo.db"
        try:
            asyncio.run(_run_until_signal(port, file, language, is_temporary=database is None))
        except DatabaseInUse:
            _exit("another demo uses this database; choose another with --database")
        except CannotListen as error:
            _exit(f"cannot listen on port {port} ({system_reason(error)}); choose another with --port")
        except DatabaseUnusable as error:
            _exit(f"the database {file} cannot be used ({error}); choose another with --database")
        except OSError as error:
            _exit(
                f"cannot use {error.filename or file} ({system_reason(error)}); choose another with --database"
            )


def _exit(message: str) -> NoReturn:
    typer.echo(f"tvbot: {message}", err=True)
    sys.exit(1)


async def _run_until_signal(port: int, file: Path, language: str | None, *, is_temporary: bool) -> None:
    stop_requested = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_requested.set)
    # Before anything is started, so that an error leaves nothing open.
    key, is_kept = _load_or_create_key(file), _is_kept(file)
    environment = Environment()
    await environment.start()
    scenario = create_scenario(environment, language)
    url = f"http://127.0.0.1:{port}"
    environment.set_bot_url(url)
    environment.slack.apply_manifest(_demo_manifest())
    settings = _demo_settings(
        environment, port, file, {"SECRET_KEYS": key, "ADMINS": scenario.admins, "LANGUAGE": language or "en"}
    )
    bot = Bot(settings, extend=DemoRoutes(environment, scenario).add_routes)
    try:
        if is_kept:
            await end_earlier_run(settings, file, [one.email for one, _role in scenario.people])
            typer.echo(
                "tvbot demo: the simulated systems start empty; what was open in this database is ended."
            )
        await bot.start()
        typer.echo(f"tvbot demo: open {url} in a browser. Ctrl-C ends it.")
        await stop_requested.wait()
        typer.echo("tvbot demo: stopping … Ctrl-C again ends it at once.")
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, _end_at_once, file, is_temporary)
    finally:
        await bot.stop()
        await environment.stop()


def _end_at_once(file: Path, is_temporary: bool) -> None:  # noqa: FBT001 - an event loop passes no names
    """End the process without waiting for the work that is under way. A database that is kept survives that, as a crash."""
    if is_temporary:
        shutil.rmtree(file.parent, ignore_errors=True)
    os._exit(_INTERRUPTED)


def _demo_manifest() -> dict[str, Any]:
    """Return the app's manifest, so that the demo's Slack offers what a real installation does. Its address is not called."""
    return SlackManifest(
        url="https://tvbot.example.com",
        servicedesk_urls=["https://sdpondemand.manageengine.com"],
        command="/tv",
    ).build()


def _is_kept(file: Path) -> bool:
    """Return whether a database has the data of an earlier demo."""
    return file.exists() and file.stat().st_size > 0


def _demo_settings(environment: Environment, port: int, file: Path, more: dict[str, str]) -> Settings:
    """Return the settings of the demo. They ignore the environment variables, so that it is the same everywhere."""
    return settings_from(
        {
            **environment.bot_settings(),
            "TVBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TVBOT_PORT": str(port),
            "TVBOT_DATABASE_URL": f"sqlite:///{file}",
            "TVBOT_POLL_SECONDS": "2",
            **{f"TVBOT_{name}": value for name, value in more.items()},
            "TVBOT_TELL_REQUESTER_IN_CHAT": "true",
        }
    )


def _load_or_create_key(database: Path) -> str:
    """Return the secret key beside a database file. Create it if it is missing, readable for its owner only.

    A database given with ``--database`` outlives the process, so its key must too.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    key_file = database.with_suffix(".key")
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(new_key(), encoding="utf-8")
    return key_file.read_text(encoding="utf-8").strip()
