"""kill -9 while an outage is reported: no session is lost or doubled, and one card counts them all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.killed_posts import HANG_SECONDS, LONG
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

Make = Callable[..., BotProcess]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/tvbot.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


async def start_bot(user: ChatUser, database_url: str, folder: Path, make: Make) -> BotProcess:
    settings = settings_for(user.environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    user.environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = make(settings, folder / "log", "serve")
    await bot.start()
    await user.authorize()
    return bot


async def report(user: ChatUser, numbers: list[str]) -> None:
    """Report an outage. In Teams by the form: a typed command would be answered by a typing sign before the card."""
    if isinstance(user, InTeams):
        await user.type("outage")
        form = await until(lambda: user.newest_with("Create"))
        hang_after_each_post(user.environment)
        await user.teams.press(form, "Create", {"numbers": " ".join(numbers)})
        return
    hang_after_each_post(user.environment)
    await user.type(f"outage {' '.join(numbers)}")


def hang_after_each_post(environment: Environment) -> None:
    """Let each chat take a message and never answer."""
    for faults, call in (
        (environment.slack.faults, "chat.postMessage"),
        (environment.teams.faults, "activities.send"),
    ):
        faults.plan(call, Fault.HANG_AFTER_COMMIT, times=None, seconds=HANG_SECONDS)


async def test_kill_between_the_post_and_its_record_leaves_one_card(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    database_url: str,
    tmp_path: Path,
    bot_process: Make,
) -> None:
    user = chat(SlackUser.new(own_environment))
    bot = await start_bot(user, database_url, tmp_path, bot_process)
    numbers = [user.slack_user.new_request() for _request in range(4)]
    await report(user, numbers)
    await until(lambda: user.count_cards(numbers[0]), timeout=LONG)
    await bot.kill()
    own_environment.slack.faults.clear()
    own_environment.teams.faults.clear()
    await bot.start()
    await until(lambda: user.card(numbers[0], "Outage: 4 requests — 4 waiting"), timeout=LONG)
    if isinstance(user, InTeams):
        await user.open_channel()
        await until(lambda: user.count_cards(numbers[0]) == 1, timeout=LONG)
    await user.type(f"end {numbers[0]}")
    await until(lambda: user.card(numbers[0], "3 waiting, 1 ended"), timeout=LONG)
    assert await bot.stop() == 0
    assert user.count_cards(numbers[0]) == 1
    assert [len(user.slack_user.sessions(one)) for one in numbers] == [1] * len(numbers)
    assert "Traceback" not in bot.log()


@pytest.mark.parametrize("created", [0, 1, 3])
async def test_kill_while_the_sessions_are_created_loses_and_doubles_none(
    own_environment: Environment,
    database_url: str,
    tmp_path: Path,
    bot_process: Make,
    created: int,
) -> None:
    user = InSlack(SlackUser.new(own_environment))
    bot = await start_bot(user, database_url, tmp_path, bot_process)
    numbers = [user.slack_user.new_request() for _request in range(8)]
    before = len(own_environment.teamviewer.sessions)
    await user.type(f"outage {' '.join(numbers)}")
    await until(lambda: len(own_environment.teamviewer.sessions) >= before + created, timeout=LONG)
    await bot.kill()
    await bot.start()
    await until(lambda: user.card(numbers[0], "Outage: 8 requests — 8 waiting"), timeout=LONG)
    assert await bot.stop() == 0
    assert [len(user.slack_user.sessions(one)) for one in numbers] == [1] * len(numbers)
    assert user.count_cards(numbers[0]) == 1
    assert "Traceback" not in bot.log()
