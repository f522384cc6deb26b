"""A backup is made while the bot works, and restored later: nothing is sent twice, and every session is looked at again."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault
from storage.database import Database

pytestmark = pytest.mark.long

LONG = 200
ROOT = Path(__file__).parents[2]


async def test_restored_bot_sends_nothing_twice_and_finds_out_what_happened(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    database_url: str,
) -> None:
    """One session is open in the backup and ends since. One waits for its mail in the backup, which is sent since."""
    user = InSlack(SlackUser.new(own_environment))
    settings = settings_for(own_environment, database_url)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    await user.authorize()
    ended, _session = await user.create()
    servicedesk = own_environment.servicedesk
    servicedesk.faults.plan("notifications.add", Fault.SERVER_ERROR, times=None)
    waiting = user.slack_user.new_request("Printer is out of paper")
    await user.type(f"create {waiting}")
    await until(
        lambda: ("notifications.add", Fault.SERVER_ERROR) in servicedesk.faults.injected, timeout=LONG
    )
    await run_tvbot(settings, "db", "backup", str(tmp_path / "backup"))
    servicedesk.faults.clear()
    await until(lambda: servicedesk.notes(waiting), timeout=LONG)
    await user.type(f"end {ended}")
    await until(lambda: user.slack_user.sessions(ended)[0].state != "open", timeout=LONG)
    await until(lambda: len(servicedesk.notes(ended)) == 2, timeout=LONG)
    assert await bot.stop() == 0
    before = everything_sent(user, ended, waiting)

    await run_tvbot(settings, "db", "restore", str(tmp_path / "backup"))
    await bot.start()
    await until(lambda: user.card(waiting, "not sure"), timeout=LONG)
    # The card has said it since before the restore. The second round's call shows that the first round is through.
    calls = own_environment.teamviewer.calls
    asked = len(calls)
    await until(
        lambda: sum(name in {"sessions.list", "sessions.get"} for name, _status in calls[asked:]) >= 3,
        timeout=LONG,
    )
    assert user.card(ended, "Ended")
    await user.ask(f"end {ended}", "No session is open for request")
    await until_no_job_is_left(Database(database_url))
    assert everything_sent(user, ended, waiting) == before
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


def everything_sent(user: InSlack, *numbers: str) -> list[Any]:
    """Return how many mails and notes there are for each request, and how many sessions TeamViewer has."""
    environment = user.environment
    return [
        (
            len(environment.mailbox.messages_to(f"ann{number}@example.test")),
            len(environment.servicedesk.notes(number)),
            len(user.slack_user.sessions(number)),
        )
        for number in numbers
    ] + [len(environment.mailbox.messages_to(user.technician.email))]


async def until_no_job_is_left(database: Database) -> None:
    """Wait until no job is queued or under way, the rounds aside. So what would be sent twice has been sent."""
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    busy = sa.text(
        f"SELECT count(*) FROM {table} WHERE status IN ('ENQUEUED', 'PENDING')"  # noqa: S608 - a constant
        " AND workflow_uuid NOT LIKE 'sweep:%'"
    )
    async with asyncio.timeout(LONG), database.reader.connect() as connection:
        while (await connection.execute(busy)).scalar():
            await connection.rollback()
            await asyncio.sleep(0.05)  # the engine's tables tell nobody that they have changed
    await database.close()


async def run_tvbot(settings: dict[str, str], *arguments: str) -> None:
    """Run a command of the operator, which must succeed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TVBOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from adapters.cli.main import run; run()",
        *arguments,
        env={**clean, **settings},
        cwd=ROOT,
    )
    assert await process.wait() == 0
