"""Where administration is done in channels: in Teams, what is shown in one stands there, to be pressed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.desk import Desk, until
from support.teams_desk import TeamsDesk

from sandbox.environment import Environment
from sandbox.teams import Conversation, TeamsMessage


@pytest.fixture
async def town() -> AsyncIterator[Environment]:
    """A town of its own: its bot is set up differently."""
    town = Environment()
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def office(town: Environment, tmp_path: Path) -> AsyncIterator[tuple[TeamsDesk, Conversation]]:
    """An SDAdmin in Teams, and the channel for administration there."""
    teams = TeamsDesk.beside(Desk.new(town))
    person = teams.technician
    room = town.teams.add_team_channel("Administration", "Helpdesk", [person.teams])
    settings = settings_for(
        town,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=person.email,
        TVBOT_ADMIN_CHANNELS=room.id,
    )
    town.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    yield teams, room
    assert await bot.stop() == 0


def said_in(teams: TeamsDesk, place: Conversation) -> str:
    """Everything that the bot has said in a conversation."""
    return "\n".join(teams.text(one) for one in place.messages if one.sender == "bot")


def with_button(teams: TeamsDesk, place: Conversation, title: str) -> TeamsMessage | None:
    """The newest message in a conversation with a button that is called so."""
    return next((one for one in reversed(place.messages) if title in teams.titles(one)), None)


async def test_administration_is_done_in_its_channel_and_everybody_there_sees_it(
    office: tuple[TeamsDesk, Conversation],
) -> None:
    """Whoever is in it may; the private chat has no part in it."""
    teams, room = office
    await teams.say("admin status", where=room)
    page = await until(lambda: with_button(teams, room, "Switch it off"))
    assert "Administration" not in said_in(teams, teams.personal)
    await teams.press(page, "Switch it off")
    await until(lambda: "Nothing reaches TeamViewer" in said_in(teams, room))
    await teams.press(await until(lambda: with_button(teams, room, "Switch on")), "Switch on")
    await until(lambda: "Every technician can use it" in said_in(teams, room))


async def test_a_connection_is_reused_where_its_button_stands(office: tuple[TeamsDesk, Conversation]) -> None:
    """The list comes in private, so it is pressed there, though administration is done elsewhere."""
    teams, room = office
    await teams.authorize()
    teams.town.teamviewer.add_account("second@example.test", "Second Account")
    await teams.desk.authorize(account="second@example.test")
    await teams.say("admin connections", where=room)
    listed = await until(lambda: with_button(teams, teams.personal, "Reuse"))
    await teams.press(listed, "Reuse")
    await teams.reads("Your sessions are created as Tom Ray now")
    assert with_button(teams, teams.personal, "My connections") is None
