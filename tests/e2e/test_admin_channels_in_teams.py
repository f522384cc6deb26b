"""Channels for administration in Teams, and in both chats at once: a change made in one is announced in each."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from support.bot import BotProcess, settings_for
from support.cards import marked
from support.slack_user import SlackUser, text_of, until
from support.teams_user import TeamsUser, plain

from sandbox.environment import Environment
from sandbox.teams import Conversation


class AdminChannels(NamedTuple):
    """An SDAdmin, and the channels for administration: two in Teams (one the bot is not in), one in Slack."""

    teams: TeamsUser
    room: Conversation
    closed: Conversation
    slack_room: str

    def announced(self) -> list[str]:
        """What was said in both channels, where it was said in both."""
        in_slack = self.teams.environment.slack.channels[self.slack_room].messages
        return [
            *(text_of(one) for one in in_slack),
            *(one.text for one in self.room.messages if one.sender == "bot"),
        ]


@pytest.fixture
async def admin_channels(tmp_path: Path) -> AsyncIterator[AdminChannels]:
    """A separate environment: its bot is set up differently. One channel is named by Teams' link to it."""
    environment = Environment()
    await environment.start()
    slack_user = SlackUser.new(environment)
    teams = TeamsUser.of_slack_user(slack_user)
    room = environment.teams.add_team_channel("IT", "Admins", [slack_user.technician.teams])
    closed = environment.teams.add_team_channel(
        "IT", "Closed", [slack_user.technician.teams], bot_is_member=False
    )
    slack_room = environment.slack.add_channel("admins", [slack_user.technician.user])
    link = f"https://teams.microsoft.com/l/channel/{quote(room.id, safe='')}/IT%20admins?groupId=1&tenantId=2"
    settings = settings_for(
        environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=slack_user.technician.email,
        TVBOT_ADMIN_CHANNELS=f"{link},{slack_room},{closed.id}",
    )
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    await environment.teams.install_app(room, slack_user.technician.teams)
    yield AdminChannels(teams, room, closed, slack_room)
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()
    await environment.stop()


async def test_a_change_is_announced_in_the_channels_of_both_chats(admin_channels: AdminChannels) -> None:
    """A change in either channel is announced. If that is impossible, its author reads which channel failed."""
    teams = admin_channels.teams
    await teams.say("admin widget off", where=admin_channels.room)
    said = "Tom Ray switched the widget off (all)."
    await until(lambda: len([one for one in admin_channels.announced() if said in one]) == 2)
    await teams.reads("could not be announced in a channel in Microsoft Teams")
    assert admin_channels.closed.messages == []
    await teams.slack_user.type("admin widget on", channel=admin_channels.slack_room)
    said = "Tom Ray switched the widget on (all)."
    await until(lambda: len([one for one in admin_channels.announced() if said in one]) == 2)
    assert [one for one in teams.channel.messages if one.sender == "bot"] == []


async def test_elsewhere_the_word_is_refused_with_the_way_to_the_channels(
    admin_channels: AdminChannels,
) -> None:
    """In Teams by their names, linked; in Slack, too, nobody reads a long id."""
    teams = admin_channels.teams
    await teams.say("admin disable")
    await teams.reads("channels for administration only")
    (refused,) = [one for one in teams.channel.messages if one.sender == "bot" and one.cards]
    (sentence,) = list(marked(refused.cards))
    assert (
        f"[IT admins](https://teams.microsoft.com/l/channel/{quote(admin_channels.room.id, safe='')}/IT%20admins"
        in sentence
    )
    assert (
        f"[a channel in Slack](https://slack.com/app_redirect?channel={admin_channels.slack_room})"
        in sentence
    )
    assert admin_channels.closed.id not in plain(sentence)
    await teams.say("status", where=teams.personal)
    await teams.reads("integration is switched on")
    await teams.slack_user.type("admin disable")
    await until(lambda: "/IT%20admins?groupId=1&amp;tenantId=2|IT admins>" in teams.slack_user.seen())
    assert f"<#{admin_channels.slack_room}>" in teams.slack_user.seen()
    assert admin_channels.closed.id not in teams.slack_user.seen()
