"""kill -9 in the middle of creating twenty sessions: all twenty complete, none twice."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault
from sandbox.mail import ReceivedMail

pytestmark = pytest.mark.long

TWENTY = 20
LONG = 200
"""Seconds that twenty sessions and two processes may take on a busy machine."""


async def test_on_sqlite_the_same_process_takes_its_work_up_again(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """One process, killed and started again."""
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_LOG_LEVEL="debug")
    bot = bot_process(settings, tmp_path / "log", "serve")
    user = await _start(bot, settings, own_environment, chat)
    numbers = await _start_twenty(user)
    await bot.kill()
    assert len(_replies(user, numbers)) < TWENTY, "it was killed in the middle"
    await bot.start()
    await _expect_all_done_once(user, numbers)
    assert await bot.stop() == 0
    _expect_nothing_secret(own_environment, bot.log(), (tmp_path / "tvbot.db").read_bytes())


async def test_on_postgresql_another_process_takes_a_dead_ones_work_over(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    postgresql_url: str,
) -> None:
    """Two processes, one killed for good."""
    settings = settings_for(
        own_environment, postgresql_url, TVBOT_DEAD_AFTER_SECONDS="3", TVBOT_LOG_LEVEL="debug"
    )
    first = bot_process(settings, tmp_path / "first", "serve")
    user = await _start(first, settings, own_environment, chat)
    second = bot_process(settings, tmp_path / "second", "worker")
    await second.start()
    numbers = await _start_twenty(user)
    await first.kill()
    await _expect_all_done_once(user, numbers)
    assert await second.stop() == 0
    _expect_nothing_secret(own_environment, first.log() + second.log(), b"")


async def test_a_second_process_on_one_sqlite_file_refuses_to_start(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """It says why, in one line."""
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    second = bot_process(settings, tmp_path / "second", "worker")
    await second.start()
    assert await asyncio.wait_for(second.wait(), LONG) == 1
    assert "another tvbot has this SQLite database open" in second.log()
    assert "Traceback" not in second.log()
    assert await bot.stop() == 0


async def _start(
    bot: BotProcess,
    settings: dict[str, str],
    environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
) -> ChatUser:
    """Start the bot. Return a connected technician in a chat."""
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    # Twenty cards in one channel at once: other tests prove that the bot keeps to Teams' limits.
    environment.teams.limits = False
    await bot.start()
    user = chat(SlackUser.new(environment))
    await user.authorize()
    return user


async def _start_twenty(user: ChatUser) -> list[str]:
    """Create twenty sessions while TeamViewer is slow. Return their requests when some are half done."""
    numbers = [user.slack_user.new_request(f"Case {number}") for number in range(TWENTY)]
    user.environment.teamviewer.faults.plan("sessions.create", Fault.SLOW, times=None, seconds=0.4)
    user.environment.servicedesk.faults.plan("notifications.add", Fault.SLOW, times=None, seconds=0.4)
    await asyncio.gather(*(user.type(f"create {number}") for number in numbers))
    await until(lambda: len(_replies(user, numbers)) >= 2, timeout=LONG)
    return numbers


def _replies(user: ChatUser, numbers: list[str]) -> list[ReceivedMail]:
    return [
        letter
        for number in numbers
        for letter in user.environment.mailbox.messages_to(f"ann{number}@example.test")
    ]


async def _expect_all_done_once(user: ChatUser, numbers: list[str]) -> None:
    servicedesk, mailbox = user.environment.servicedesk, user.environment.mailbox
    user.environment.teamviewer.faults.clear()
    servicedesk.faults.clear()
    await until(lambda: all(servicedesk.notes(number) for number in numbers), timeout=LONG)
    for number in numbers:
        assert len(user.slack_user.sessions(number)) == 1, number
        assert len(mailbox.messages_to(f"ann{number}@example.test")) == 1, number
        assert len(servicedesk.notes(number)) == 1, number
        await until(lambda number: user.card(number, "E-mail to Ann Lee: sent"), number)
        assert user.misplaced_cards(number) == [], number
    assert len(mailbox.distinct_messages_to(user.technician.email)) == TWENTY


def _expect_nothing_secret(environment: Environment, log: str, database: bytes) -> None:
    """Expect no supporter link and no token in any line of the debug log, or in clear in the database."""
    secrets = [session.supporter_token for session in environment.teamviewer.sessions.values()]
    secrets += [
        *environment.teamviewer.issued_tokens,
        *environment.servicedesk.issued_tokens,
        *environment.teams.issued_tokens,
        environment.teams.app_password,
        environment.slack.bot_token,
    ]
    assert len(secrets) > TWENTY
    for secret in secrets:
        assert secret not in log
        assert secret.encode() not in database
    assert "running" in log
    for named in ("Ann Lee", "Case 1", "+33612345678"):
        assert named not in log
    assert "Traceback" not in log
