"""What ``tvbot serve`` loads at its start, what it leaves until it is needed, and what garbage collection leaves alone."""

import asyncio
import gc
import importlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.bot import settings_for

from adapters.cli import loading
from adapters.cli.placeholders import NOT_USED, NOT_USED_ON_SQLITE
from sandbox.environment import Environment
from storage.database import Database
from storage.migrate import upgrade_schema

LOADED_WHEN_NEEDED = {
    "opentelemetry": "where the environment names a collector of traces",
    "alembic": "only a database that is behind is migrated",
    "apprise": "with the first SMS by a gateway",
    "psycopg": "for PostgreSQL alone",
    "jinja2": "with the first page",
    "phonenumbers": "with the first SMS",
    "rich": "for help and wrong use on the command line",
    "typer": "for all command lines but the usual ones of serve and worker",
    "sandbox": "for the demo alone",
    "aiosmtpd": "for the demo alone",
}
"""What a bot with both chats does not load at its start, each with the time at which it does."""
_IMPORT = """
import json
from adapters.cli.placeholders import NOT_USED, NOT_USED_ON_SQLITE, placeholders
with placeholders({**NOT_USED, **NOT_USED_ON_SQLITE}) as imported:
    from adapters.cli.serve import run_bot
from sqlalchemy.orm import Session
import psycopg, requests, yaml
print(json.dumps({
    "imported": sorted(imported),
    "kinds": [type(real).__name__ for real in (Session(), requests.Session(), psycopg.Error(), yaml.safe_load("{}"))],
}))
"""
_LOAD = """
import json, sys
from adapters.cli.loading import load_bot
load_bot()
from dbos import _sys_db
print(json.dumps({"real": hasattr(_sys_db.pg_errors, "__file__"), "loaded": "psycopg" in sys.modules}))
"""
_START = """
import asyncio, inspect, json, ssl, sys
from adapters.cli.loading import load_bot
load_bot()
made = []
make_context = ssl.create_default_context
ssl.create_default_context = lambda *args, **kwargs: made.append(1) or make_context(*args, **kwargs)
from aiohttp import connector
from adapters.bootstrap import Bot
from adapters.tls import tls_context
from adapters.settings import load_settings, problems_for_serving

async def start_and_stop():
    bot = Bot(load_settings(problems_for_serving))
    await bot.start()
    print(json.dumps({
        "loaded": sorted(sys.modules),
        "tls_contexts_made_late": len(made),
        "has_one_tls_context": connector._SSL_CONTEXT_VERIFIED is tls_context(),
        "modules_looked_through": len(inspect.modulesbyfile),
    }))
    await bot.stop()

asyncio.run(start_and_stop())
"""


@dataclass(frozen=True, slots=True)
class Started:
    """What a bot that has started says about itself. *Late* is after ``load_bot``."""

    loaded: list[str]
    tls_contexts_made_late: int
    has_one_tls_context: bool
    modules_looked_through: int


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


@pytest.fixture
async def started(environment: Environment, tmp_path: Path) -> Started:
    database_url = f"sqlite:///{tmp_path}/tvbot.db"
    upgrade_schema(Database(database_url))
    return Started(**await run_program(_START, settings_for(environment, database_url)))


async def run_program(program: str, settings: dict[str, str]) -> Any:
    """Run a Python program with these settings, and return what it prints as JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        # The measurement of coverage loads modules of its own, and looks through all others.
        env={**{name: value for name, value in os.environ.items() if not name.startswith("COV")}, **settings},
        cwd=Path(loading.__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    output, _errors = await process.communicate()
    return json.loads(output)


async def test_start_loads_and_makes_only_what_it_needs(started: Started) -> None:
    loaded = {name.partition(".")[0] for name in started.loaded}
    assert {"slack_bolt", "botbuilder", "sqlalchemy"} <= loaded
    assert loaded.isdisjoint(LOADED_WHEN_NEEDED)
    assert set(started.loaded).isdisjoint([*NOT_USED, *NOT_USED_ON_SQLITE])
    # A search through all modules (inspect.stack) keeps the name and the file of each.
    assert started.modules_looked_through == 0
    # One for all clients (`adapters/tls.py`): each takes 25 ms and a megabyte.
    assert started.tls_contexts_made_late == 0
    assert started.has_one_tls_context


async def test_placeholders_are_only_for_what_libraries_import_and_later_everything_is_found() -> None:
    found = await run_program(_IMPORT, {})
    assert found["imported"] == sorted({**NOT_USED, **NOT_USED_ON_SQLITE})
    assert found["kinds"] == ["Session", "Session", "Error", "dict"]


@pytest.mark.parametrize("database_url", ["sqlite:///tvbot.db", "postgresql://bot:secret@127.0.0.1:1/bot"])
async def test_psycopg_is_loaded_only_for_postgresql(environment: Environment, database_url: str) -> None:
    is_postgresql = database_url.startswith("postgresql")
    found = await run_program(_LOAD, settings_for(environment, database_url))
    assert found == {"real": is_postgresql, "loaded": is_postgresql}


def test_loading_is_not_interrupted_by_collections_and_what_was_loaded_is_left_alone() -> None:
    seen: list[bool] = []

    def load() -> loading.RunBot:
        seen.append(gc.isenabled())
        raise RuntimeError

    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        gc.set_threshold(loading.COLLECT_AFTER - 1, *thresholds[1:])
        with pytest.raises(RuntimeError):
            loading.without_collections(load)
        assert seen == [False]
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() == (loading.COLLECT_AFTER, *thresholds[1:])
    finally:
        gc.set_threshold(*thresholds)


def test_rich_is_hidden_only_while_the_bot_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    with loading.without_rich(), pytest.raises(ImportError):
        importlib.import_module("rich")
    assert importlib.import_module("rich").__name__ == "rich"
