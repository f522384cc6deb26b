"""``tvbot serve`` does not start where it could not work, and says why in one line."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.ports import free_port

from bot.model.ids import OrgId
from storage.canary import check_keys
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.vault import Vault, new_key

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Settings that are complete, on an SQLite file that does not exist yet."""
    return {
        "TVBOT_PUBLIC_URL": "https://tvbot.example.com",
        "TVBOT_PORT": str(free_port()),
        "TVBOT_DATABASE_URL": f"sqlite:///{tmp_path}/tvbot.db",
        "TVBOT_SECRET_KEYS": new_key(),
        "TVBOT_SLACK_SIGNING_SECRET": "secret",
        "TVBOT_SLACK_BOT_TOKEN": "xoxb-1",
        "TVBOT_TEAMVIEWER_CLIENT_ID": "id",
        "TVBOT_TEAMVIEWER_CLIENT_SECRET": "secret",
        "TVBOT_SERVICEDESK_CLIENT_ID": "id",
        "TVBOT_SERVICEDESK_CLIENT_SECRET": "secret",
        "TVBOT_SERVICEDESK_REFRESH_TOKEN": "token",
        "TVBOT_SERVICEDESK_ACCOUNTS_URL": "http://127.0.0.1:9",
    }


def serve(settings: dict[str, str], *options: str) -> tuple[int, str]:
    """Run ``tvbot serve`` until it ends. Return the exit code and what it wrote."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    done = subprocess.run(
        [sys.executable, "-c", "from adapters.cli.main import run; run()", "serve", *options],
        env={**clean, **settings},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_web_server_without_worker_on_sqlite(settings: dict[str, str]) -> None:
    code, output = serve(settings, "--no-worker")
    (first, second) = output.splitlines()
    assert (code, first) == (2, "tvbot cannot start:")
    assert (
        second
        == "  TVBOT_DATABASE_URL: must be PostgreSQL with --no-worker; with SQLite, leave out --no-worker"
    )


def test_keys_that_are_not_those_of_the_database(settings: dict[str, str]) -> None:
    database = Database(settings["TVBOT_DATABASE_URL"])
    upgrade_schema(database)
    asyncio.run(_start_with_other_keys(database))
    code, output = serve(settings)
    assert (code, output.count("\n")) == (2, 1)
    assert output.startswith("tvbot: TVBOT_SECRET_KEYS: lacks the key")


async def _start_with_other_keys(database: Database) -> None:
    await check_keys(database, Vault([new_key()]), OrgId("default"))
    await database.close()


def test_folder_that_cannot_be_written(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, output = serve(settings | {"TVBOT_DATABASE_URL": f"sqlite:///{tmp_path}/file/tvbot.db"})
    assert (code, output.count("\n")) == (1, 1)
    assert output.startswith("tvbot: the file or folder in TVBOT_DATABASE_URL cannot be used (")
