"""The first step "add the bot to a channel" is done once an event says that the bot is in one, and not before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from manifest.slack import SlackManifest
from sandbox.environment import Environment

TO_DO = "⬜ Add the bot to a channel"
DONE = "☑️ Done: Add the bot to a channel"


@pytest.fixture
async def fresh(own_environment: Environment, tmp_path: Path) -> AsyncIterator[SlackUser]:
    """A technician of an organization that has just installed the bot."""
    user = SlackUser.new(own_environment)
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    manifest = SlackManifest(
        url="https://tvbot.test", servicedesk_urls=["https://sdp.test/app/itdesk"], command="/tv"
    )
    own_environment.slack.apply_manifest(manifest.build())
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    yield user
    assert await bot.stop() == 0


async def test_step_follows_the_bots_channels_in_slack(fresh: SlackUser) -> None:
    """The home is shown again at once to the person who invited or removed the bot. Other members' events change nothing."""
    slack, user = fresh.environment.slack, fresh.technician.user
    chat = InSlack(fresh)
    channel = slack.add_channel("network", [user], bot_is_member=False)
    private = slack.add_channel("secret", [user], private=True, bot_is_member=False)
    await chat.open_home()
    await until(lambda: TO_DO in chat.home())
    colleague = fresh.new_colleague()
    await slack.send_event("member_joined_channel", user=colleague.user, channel=channel, inviter=user)
    for place in (channel, private):
        await slack.invite_bot(user, place)
        await until(lambda: DONE in chat.home())
        await slack.remove_bot(user, place)
        await until(lambda: TO_DO in chat.home())


async def test_step_follows_the_bots_teams_in_teams(fresh: SlackUser) -> None:
    """A personal chat with the bot, or its installation there, is no channel."""
    teams = TeamsUser.of_slack_user(fresh)
    chat = InTeams(fresh, teams)
    await chat.open_home()
    await until(lambda: TO_DO in chat.home())
    await fresh.environment.teams.install_app(teams.channel, teams.technician.teams)
    await until(lambda: DONE in chat.home())
    await fresh.environment.teams.uninstall_app(teams.channel, teams.technician.teams)
    await until(lambda: TO_DO in chat.home())
