"""Channels for administration in Teams, and in both chats at once: a change made in one is announced in each."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from support.bot import BotProcess, settings_for
from support.cards import marked
from support.desk import Desk, text_of, until
from support.teams_desk import TeamsDesk, plain

from sandbox.environment import Environment
from sandbox.teams import Conversation


class Office(NamedTuple):
    """An SDAdmin's desk, and the channels for administration: two in Teams (one the bot is not in), one in Slack."""

    teams: TeamsDesk
    room: Conversation
    closed: Conversation
    slack_room: str

    def announced(self) -> list[str]:
        """What was said in both channels, where it was said in both."""
        in_slack = self.teams.town.slack.channels[self.slack_room].messages
        return [
            *(text_of(one) for one in in_slack),
            *(one.text for one in self.room.messages if one.sender == "bot"),
        ]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A town of its own: its bot is set up differently. One channel is named by Teams' link to it."""
    town = Environment()
    await town.start()
    desk = Desk.new(town)
    teams = TeamsDesk.beside(desk)
    room = town.teams.add_team_channel("IT", "Admins", [desk.technician.teams])
    closed = town.teams.add_team_channel("IT", "Closed", [desk.technician.teams], bot_is_member=False)
    slack_room = town.slack.add_channel("admins", [desk.technician.user])
    link = f"https://teams.microsoft.com/l/channel/{quote(room.id, safe='')}/IT%20admins?groupId=1&tenantId=2"
    settings = settings_for(
        town,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=desk.technician.email,
        TVBOT_ADMIN_CHANNELS=f"{link},{slack_room},{closed.id}",
    )
    town.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    await town.teams.install_app(room, desk.technician.teams)
    yield Office(teams, room, closed, slack_room)
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()
    await town.stop()


async def test_a_change_is_announced_in_the_channels_of_both_chats(office: Office) -> None:
    """Whichever it was made in; where it cannot be announced, its maker is told, by name."""
    teams = office.teams
    await teams.say("admin widget off", where=office.room)
    said = "Tom Ray switched the widget off (all)."
    await until(lambda: len([one for one in office.announced() if said in one]) == 2)
    await teams.reads("could not be announced in a channel in Microsoft Teams")
    assert office.closed.messages == []
    await teams.desk.type("admin widget on", channel=office.slack_room)
    said = "Tom Ray switched the widget on (all)."
    await until(lambda: len([one for one in office.announced() if said in one]) == 2)
    assert [one for one in teams.channel.messages if one.sender == "bot"] == []


async def test_elsewhere_the_word_is_refused_with_the_way_to_the_channels(office: Office) -> None:
    """In Teams by their names, linked; in Slack, too, nobody reads a long id."""
    teams = office.teams
    await teams.say("admin disable")
    await teams.reads("channels for administration only")
    (refused,) = [one for one in teams.channel.messages if one.sender == "bot" and one.cards]
    (sentence,) = list(marked(refused.cards))
    assert (
        f"[IT admins](https://teams.microsoft.com/l/channel/{quote(office.room.id, safe='')}/IT%20admins"
        in sentence
    )
    assert f"[a channel in Slack](https://slack.com/app_redirect?channel={office.slack_room})" in sentence
    assert office.closed.id not in plain(sentence)
    await teams.say("status", where=teams.personal)
    await teams.reads("integration is switched on")
    await teams.desk.type("admin disable")
    await until(lambda: "/IT%20admins?groupId=1&amp;tenantId=2|IT admins>" in teams.desk.seen())
    assert f"<#{office.slack_room}>" in teams.desk.seen()
    assert office.closed.id not in teams.desk.seen()
