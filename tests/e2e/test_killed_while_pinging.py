"""kill -9 while requesters arrive: each arrival is announced, and none twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

IS_THERE = "Ann Lee is there, for request"
SESSIONS = 3
LONG = 200
"""Seconds that two processes may take on a busy machine."""


async def test_on_sqlite_the_same_process_announces_each_arrival_once(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    bot = bot_process(settings, tmp_path / "log", "serve")
    user = await _start(bot, settings, own_environment, chat)
    numbers = await _join_while_the_chat_is_down(user)
    await bot.kill()
    assert user.pings(IS_THERE) == []
    _clear(own_environment)
    await bot.start()
    await _expect_each_announced_once(user, numbers, bot)


async def test_on_postgresql_another_process_announces_each_arrival_once(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    postgresql_url: str,
) -> None:
    """Both processes look at TeamViewer, and one of them dies."""
    settings = settings_for(own_environment, postgresql_url, TVBOT_DEAD_AFTER_SECONDS="3")
    first = bot_process(settings, tmp_path / "first", "serve")
    user = await _start(first, settings, own_environment, chat)
    second = bot_process(settings, tmp_path / "second", "worker")
    await second.start()
    numbers = await _join_while_the_chat_is_down(user)
    await first.kill()
    assert user.pings(IS_THERE) == []
    _clear(own_environment)
    await _expect_each_announced_once(user, numbers, second)


async def _start(
    bot: BotProcess,
    settings: dict[str, str],
    environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
) -> ChatUser:
    """Start the bot. Return a connected technician in a chat."""
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    await bot.start()
    user = chat(SlackUser.new(environment))
    await user.authorize()
    return user


async def _join_while_the_chat_is_down(user: ChatUser) -> list[str]:
    """Let requesters join. Return their requests once the bot has tried to announce each of them."""
    created = [await user.create() for _session in range(SESSIONS)]
    slack, teams = user.environment.slack.faults, user.environment.teams.faults
    slack.plan("chat.postMessage", Fault.SERVER_ERROR, times=None)
    teams.plan("activities.send", Fault.SERVER_ERROR, times=None)
    before = len(slack.injected) + len(teams.injected)
    for _number, session in created:
        user.environment.teamviewer.join_session(session.code)
    await until(lambda: len(slack.injected) + len(teams.injected) >= before + SESSIONS, timeout=LONG)
    return [number for number, _session in created]


def _clear(environment: Environment) -> None:
    environment.slack.faults.clear()
    environment.teams.faults.clear()


async def _expect_each_announced_once(user: ChatUser, numbers: list[str], bot: BotProcess) -> None:
    await until(lambda: len(user.pings(IS_THERE)) >= SESSIONS, timeout=LONG)
    # What is under way is finished first, so a second announcement would be there by then.
    assert await bot.stop() == 0
    texts = [user.text(one) for one in user.pings(IS_THERE)]
    assert [sum(f"#{number}" in text for text in texts) for number in numbers] == [1] * SESSIONS
    assert "Traceback" not in bot.log()
