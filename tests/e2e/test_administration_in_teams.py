"""Administration in channels of Teams, where an answer and its buttons stay visible."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from sandbox.environment import Environment
from sandbox.teams import Conversation, TeamsMessage


@pytest.fixture
async def teams_tenant(
    own_environment: Environment, tmp_path: Path
) -> AsyncIterator[tuple[TeamsUser, Conversation]]:
    """An SDAdmin in Teams, and the channel for administration there."""
    teams = TeamsUser.of_slack_user(SlackUser.new(own_environment))
    person = teams.technician
    room = own_environment.teams.add_team_channel("Administration", "Helpdesk", [person.teams])
    settings = settings_for(
        own_environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=person.email,
        TVBOT_ADMIN_CHANNELS=room.id,
    )
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    yield teams, room
    assert await bot.stop() == 0


def said_in(teams: TeamsUser, place: Conversation) -> str:
    """Everything that the bot has said in a conversation."""
    return "\n".join(teams.text(one) for one in place.messages if one.sender == "bot")


def with_button(teams: TeamsUser, place: Conversation, title: str) -> TeamsMessage | None:
    """The newest message in a conversation with a button that is called so."""
    return next((one for one in reversed(place.messages) if title in teams.titles(one)), None)


async def test_administration_is_done_in_its_channel_and_everybody_there_sees_it(
    teams_tenant: tuple[TeamsUser, Conversation],
) -> None:
    """Everybody in it may; the private chat has no part in it."""
    teams, room = teams_tenant
    await teams.say("admin status", where=room)
    page = await until(lambda: with_button(teams, room, "Switch it off"))
    assert "Administration" not in said_in(teams, teams.personal)
    await teams.press(page, "Switch it off")
    await until(lambda: "Nothing reaches TeamViewer" in said_in(teams, room))
    await teams.press(await until(lambda: with_button(teams, room, "Switch on")), "Switch on")
    await until(lambda: "Every technician can use it" in said_in(teams, room))


async def test_connection_is_reused_by_the_button_in_the_channel(
    teams_tenant: tuple[TeamsUser, Conversation],
) -> None:
    """The list comes in private, so it is pressed there, though administration is done elsewhere."""
    teams, room = teams_tenant
    await teams.authorize()
    teams.environment.teamviewer.add_account("second@example.test", "Second Account")
    await teams.slack_user.authorize(account="second@example.test")
    await teams.say("admin connections", where=room)
    listed = await until(lambda: with_button(teams, teams.personal, "Reuse"))
    await teams.press(listed, "Reuse")
    await teams.reads("Your sessions are created as Tom Ray now")
    assert with_button(teams, teams.personal, "My connections") is None


async def test_pressed_switch_replaces_the_panel(teams_tenant: tuple[TeamsUser, Conversation]) -> None:
    """One panel, which says how the switch stands now, and not a second one below an old one that says "on"."""
    teams, room = teams_tenant
    await teams.say("admin status", where=room)
    page = await until(lambda: with_button(teams, room, "Switch it off"))
    count = len([one for one in room.messages if one.cards])
    await teams.press(page, "Switch it off")
    await until(lambda: "**TeamViewer integration**: off" in teams.text(page))
    await teams.press(page, "Switch on")
    await until(lambda: "**TeamViewer integration**: on" in teams.text(page))
    panels = [one for one in room.messages if "Administration" in teams.text(one)]
    assert panels == [page]
    assert count == 1
