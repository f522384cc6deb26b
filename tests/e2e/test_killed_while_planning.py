"""kill -9 at each step of a planned session: one session is created, and nothing is lost or doubled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

LONG = 200
"""Seconds that a plan and two starts may take on a busy machine."""
HANG_SECONDS = 100
"""How long an outside system answers nothing. The kill comes first."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The call that has been carried out, and has no answer yet, when the bot is killed.

    ``at``: while the session is planned, or when it begins.
    """

    operation: str
    system: Literal["servicedesk", "slack", "teamviewer"]
    at: Literal["planning", "beginning"] = "planning"


KILLS = {
    "request looked up": Kill("requests.list", "servicedesk"),
    "card posted": Kill("chat.postMessage", "slack"),
    "note added": Kill("notes.add", "servicedesk"),
    "session created": Kill("sessions.create", "teamviewer", at="beginning"),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
async def test_planned_session_is_created_once_after_a_kill(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    kill: Kill,
) -> None:
    database = tmp_path / "tvbot.db"
    settings = settings_for(own_environment, f"sqlite:///{database}")
    bot = bot_process(settings, tmp_path / "log", "serve")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    user: ChatUser = InSlack(slack_user)
    await user.authorize()
    number = slack_user.new_request("VPN fails")
    faults = getattr(own_environment, kill.system).faults

    async def kill_and_start_again() -> None:
        await until(lambda: (kill.operation, Fault.HANG_AFTER_COMMIT) in faults.injected, timeout=LONG)
        await bot.kill()
        faults.clear()

    if kill.at == "planning":
        faults.plan(kill.operation, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
    await user.type(f"create {number} --at {datetime.now(UTC) + timedelta(days=2):%Y-%m-%d} 14:30")
    if kill.at == "planning":
        await kill_and_start_again()
        await bot.start()
    await until(lambda: user.card(number, "with a calendar file"), timeout=LONG)
    await until(lambda: _notes(own_environment, number), timeout=LONG)
    if kill.at == "beginning":
        faults.plan(kill.operation, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
    # Its time comes while nothing runs that could miss it.
    await bot.kill()
    _let_begin_now(database)
    await bot.start()
    if kill.at == "beginning":
        await kill_and_start_again()
        await bot.start()
    await until(lambda: user.card(number, "Waiting for"), timeout=LONG)
    await until(lambda: _started(user), timeout=LONG)
    assert len(slack_user.sessions(number)) == 1
    assert sum(f"#{number}" in one and "that was planned" in one for one in user.bot_messages()) == 1
    assert len(_notes(own_environment, number)) == 1
    mails = own_environment.mailbox.distinct_messages_to(f"ann{number}@example.test")
    assert sum(bool(one.calendar) for one in mails) == 1
    assert len(mails) == 2
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


def _started(user: ChatUser) -> bool:
    return any("has been started" in one for one in user.bot_messages())


def _notes(environment: Environment, number: str) -> list[str]:
    return [str(one) for one in environment.servicedesk.notes(number) if "planned for" in str(one)]


def _let_begin_now(database: Path) -> None:
    """Let the planned session begin now, as if the time until then was over."""
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        now = datetime.now(UTC).replace(tzinfo=None)
        statement = sa.text("UPDATE plans SET starts_at = :now, remind_at = NULL")
        connection.execute(statement, {"now": now.isoformat(" ")})
    engine.dispose()
