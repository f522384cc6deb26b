"""kill -9 in the middle of creating twenty sessions: all twenty complete, none twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support import postgres
from support.bot import BotProcess, settings_for
from support.desk import Desk, until

from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.mail import ReceivedMail

pytestmark = pytest.mark.long

TWENTY = 20


@pytest.fixture
async def town() -> AsyncIterator[Environment]:
    """A town of its own: its bot is a process that dies."""
    town = Environment()
    await town.start()
    yield town
    await town.stop()


async def _start_twenty(desk: Desk) -> list[str]:
    """Create twenty sessions while TeamViewer is slow; come back when some are half done."""
    numbers = [desk.new_request(f"Case {number}") for number in range(TWENTY)]
    desk.town.teamviewer.faults.plan("sessions.create", Fault.SLOW, times=None, seconds=0.4)
    desk.town.servicedesk.faults.plan("notifications.add", Fault.SLOW, times=None, seconds=0.4)
    await asyncio.gather(*(desk.type(f"create {number}") for number in numbers))
    await until(lambda: len(_replies(desk, numbers)) >= 2)
    return numbers


def _replies(desk: Desk, numbers: list[str]) -> list[ReceivedMail]:
    return [
        letter for number in numbers for letter in desk.town.mailbox.messages_to(f"ann{number}@example.test")
    ]


async def _all_done_once(desk: Desk, numbers: list[str]) -> None:
    desk.town.teamviewer.faults.clear()
    desk.town.servicedesk.faults.clear()
    servicedesk = desk.town.servicedesk
    await until(lambda: all(servicedesk.notes(number) for number in numbers), timeout=90)
    for number in numbers:
        assert len(desk.sessions(number)) == 1, number
        assert len(desk.town.mailbox.messages_to(f"ann{number}@example.test")) == 1, number
        assert len(servicedesk.notes(number)) == 1, number
    own = desk.town.mailbox.distinct_messages_to(desk.technician.email)
    assert len(own) == TWENTY


async def test_on_sqlite_the_same_process_takes_its_work_up_again(town: Environment, tmp_path: Path) -> None:
    """One process, killed and started again."""
    settings = settings_for(town, f"sqlite:///{tmp_path}/tvbot.db")
    town.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    desk = Desk.new(town)
    await desk.authorize()
    numbers = await _start_twenty(desk)
    await bot.kill()
    assert len(_replies(desk, numbers)) < TWENTY, "it was killed in the middle"
    await bot.start()
    await _all_done_once(desk, numbers)
    assert await bot.stop() == 0
    _nothing_secret(town, bot.log(), (tmp_path / "tvbot.db").read_bytes())


async def test_on_postgresql_another_process_takes_a_dead_ones_work_over(
    town: Environment, tmp_path: Path, postgres_server: str
) -> None:
    """Two processes, one killed for good."""
    url = postgres.new_database(postgres_server, "killed")
    settings = settings_for(town, url, TVBOT_DEAD_AFTER_SECONDS="3")
    town.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    first = BotProcess(settings, tmp_path / "first", "serve")
    await first.start()
    desk = Desk.new(town)
    await desk.authorize()
    second = BotProcess(settings, tmp_path / "second", "worker")
    await second.start()
    numbers = await _start_twenty(desk)
    await first.kill()
    await _all_done_once(desk, numbers)
    assert await second.stop() == 0
    _nothing_secret(town, first.log() + second.log(), b"")


async def test_a_second_process_on_one_sqlite_file_refuses_to_start(
    town: Environment, tmp_path: Path
) -> None:
    """It says why, in one line."""
    settings = settings_for(town, f"sqlite:///{tmp_path}/tvbot.db")
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    second = BotProcess(settings, tmp_path / "second", "worker")
    await second.start()
    assert await asyncio.wait_for(second.wait(), 20) == 1
    assert "another tvbot has this SQLite database open" in second.log()
    assert "Traceback" not in second.log()
    assert await bot.stop() == 0


def _nothing_secret(town: Environment, log: str, database: bytes) -> None:
    """No supporter link and no token in any log line, or in clear in the database."""
    secrets = [session.supporter_link.rsplit("-", 1)[1] for session in town.teamviewer.sessions.values()]
    secrets += [*town.teamviewer.issued_tokens, *town.servicedesk.issued_tokens, town.slack.bot_token]
    assert len(secrets) > TWENTY
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in database
    assert "Traceback" not in log
