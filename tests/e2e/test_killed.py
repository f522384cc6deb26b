"""kill -9 in the middle of creating twenty sessions: all twenty complete, none twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import postgres
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.mail import ReceivedMail

pytestmark = pytest.mark.long

TWENTY = 20


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    """A separate environment: its bot is a process that is killed."""
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


async def _start_twenty(slack_user: SlackUser) -> list[str]:
    """Create twenty sessions while TeamViewer is slow; come back when some are half done."""
    numbers = [slack_user.new_request(f"Case {number}") for number in range(TWENTY)]
    slack_user.environment.teamviewer.faults.plan("sessions.create", Fault.SLOW, times=None, seconds=0.4)
    slack_user.environment.servicedesk.faults.plan("notifications.add", Fault.SLOW, times=None, seconds=0.4)
    await asyncio.gather(*(slack_user.type(f"create {number}") for number in numbers))
    await until(lambda: len(_replies(slack_user, numbers)) >= 2)
    return numbers


def _replies(slack_user: SlackUser, numbers: list[str]) -> list[ReceivedMail]:
    return [
        letter
        for number in numbers
        for letter in slack_user.environment.mailbox.messages_to(f"ann{number}@example.test")
    ]


async def _all_done_once(slack_user: SlackUser, numbers: list[str]) -> None:
    slack_user.environment.teamviewer.faults.clear()
    slack_user.environment.servicedesk.faults.clear()
    servicedesk = slack_user.environment.servicedesk
    await until(lambda: all(servicedesk.notes(number) for number in numbers), timeout=90)
    for number in numbers:
        assert len(slack_user.sessions(number)) == 1, number
        assert len(slack_user.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1, number
        assert len(servicedesk.notes(number)) == 1, number
    own = slack_user.environment.mailbox.distinct_messages_to(slack_user.technician.email)
    assert len(own) == TWENTY


async def test_on_sqlite_the_same_process_takes_its_work_up_again(
    environment: Environment, tmp_path: Path
) -> None:
    """One process, killed and started again."""
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    slack_user = SlackUser.new(environment)
    await slack_user.authorize()
    numbers = await _start_twenty(slack_user)
    await bot.kill()
    assert len(_replies(slack_user, numbers)) < TWENTY, "it was killed in the middle"
    await bot.start()
    await _all_done_once(slack_user, numbers)
    assert await bot.stop() == 0
    _nothing_secret(environment, bot.log(), (tmp_path / "tvbot.db").read_bytes())


async def test_on_postgresql_another_process_takes_a_dead_ones_work_over(
    environment: Environment, tmp_path: Path, postgres_server: str
) -> None:
    """Two processes, one killed for good."""
    url = postgres.new_database(postgres_server, "killed")
    settings = settings_for(environment, url, TVBOT_DEAD_AFTER_SECONDS="3")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    first = BotProcess(settings, tmp_path / "first", "serve")
    await first.start()
    slack_user = SlackUser.new(environment)
    await slack_user.authorize()
    second = BotProcess(settings, tmp_path / "second", "worker")
    await second.start()
    numbers = await _start_twenty(slack_user)
    await first.kill()
    await _all_done_once(slack_user, numbers)
    assert await second.stop() == 0
    _nothing_secret(environment, first.log() + second.log(), b"")


async def test_a_second_process_on_one_sqlite_file_refuses_to_start(
    environment: Environment, tmp_path: Path
) -> None:
    """It says why, in one line."""
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db")
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    second = BotProcess(settings, tmp_path / "second", "worker")
    await second.start()
    assert await asyncio.wait_for(second.wait(), 20) == 1
    assert "another tvbot has this SQLite database open" in second.log()
    assert "Traceback" not in second.log()
    assert await bot.stop() == 0


def _nothing_secret(environment: Environment, log: str, database: bytes) -> None:
    """No supporter link and no token in any log line, or in clear in the database."""
    secrets = [
        session.supporter_link.rsplit("-", 1)[1] for session in environment.teamviewer.sessions.values()
    ]
    secrets += [
        *environment.teamviewer.issued_tokens,
        *environment.servicedesk.issued_tokens,
        environment.slack.bot_token,
    ]
    assert len(secrets) > TWENTY
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in database
    assert "Traceback" not in log
