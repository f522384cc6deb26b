"""kill -9 while a new rule is announced: the rule is there once, it holds, and it is announced."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

LONG = 200
"""Seconds that two starts of a process may take on a busy machine."""
HANG_SECONDS = 100
ADDED = "added rule 1 about sessions: No Pilot sessions"
REMOVED = "removed rule 1 about sessions: No Pilot sessions"


@pytest.mark.parametrize("killed", ["slack", "teams"])
async def test_rule_is_added_and_announced_once(
    own_environment: Environment,
    killed: str,
    database_url: str,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    """The announcement has arrived in one chat, and its answer has not, when the bot is killed."""
    environment = own_environment
    user = SlackUser.new(environment)
    slack, teams = InSlack(user).in_new_channel("Admins"), InTeams(user).in_new_channel("Admins")
    settings = settings_for(
        environment,
        database_url,
        TVBOT_ADMINS=user.technician.email,
        TVBOT_ADMIN_CHANNELS=f"{slack.channel},{teams.channel}",
        TVBOT_DEAD_AFTER_SECONDS="3",
    )
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    await environment.teams.install_app(teams.teams.channel, user.technician.teams)
    # The greeting of the new team must not take the fault that the announcement gets.
    await until(teams.bot_messages, timeout=LONG)
    await slack.authorize()
    faults, call = (
        (environment.slack.faults, "chat.postMessage")
        if killed == "slack"
        else (environment.teams.faults, "activities.send")
    )
    before = len(faults.injected)
    faults.plan(call, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
    await slack.type("admin policy add no pilot")
    await until(lambda: len(faults.injected) > before, timeout=LONG)
    await bot.kill()
    faults.clear()
    await bot.start()

    rooms = (slack, teams)
    for room in rooms:
        await until(lambda room: [one for one in room.bot_messages() if ADDED in one], room, timeout=LONG)
    number = user.new_request()
    for room in rooms:
        await room.ask(f"pilot {number}", "Rule 1 does not allow this: No Pilot sessions")
    await teams.ask("admin policy", "No Pilot sessions")
    await teams.ask("admin policy remove 1", "Rule 1 no longer holds")
    for room in rooms:
        await until(lambda room: [one for one in room.bot_messages() if REMOVED in one], room, timeout=LONG)
    # What is under way is finished first, so a second announcement would be there by then.
    assert await bot.stop() == 0
    for said in (ADDED, REMOVED):
        in_slack, in_teams = (sum(said in one for one in room.bot_messages()) for room in rooms)
        # Teams shows a bot none of its messages, so there a second one is possible: either kill may come while it is posted.
        most = 2 if said == ADDED else 1
        assert in_slack == 1
        assert 1 <= in_teams <= most
    assert user.sessions(number) == []
    assert "Traceback" not in bot.log()
