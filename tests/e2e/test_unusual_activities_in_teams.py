"""Activities of Teams that lack what the documentation promises: known, answered, and never taken for one another."""

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import Email
from sandbox.teams.state import TeamsState


@pytest.fixture
def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in Teams whom the bot has not met."""
    return TeamsUser.of_slack_user(slack_user)


@pytest.fixture
def state(teams: TeamsUser) -> TeamsState:
    """What the simulated Teams leaves out."""
    return teams.environment.teams.state


async def test_sender_without_a_directory_id_is_known_by_the_roster(
    teams: TeamsUser, state: TeamsState, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without the id it is one person, with one TeamViewer connection and one profile."""
    monkeypatch.setattr(state, "omits_directory_ids", True)
    await teams.authorize()
    number, _session = await teams.create()
    monkeypatch.setattr(state, "omits_directory_ids", False)
    await teams.press(teams.present_card(number), "End it")
    await until(lambda: teams.card(number, "Ended by Tom Ray"))
    async with bot.unit_of_work.read() as tx:
        accounts = await tx.people.profiles_of(Email(teams.technician.email))
    assert [one.actor.user for one in accounts] == [teams.technician.teams.aad_id]


async def test_roster_is_read_once_for_a_person(
    teams: TeamsUser, state: TeamsState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "omits_directory_ids", True)
    await teams.say("status", where=teams.personal)
    await teams.reads("not connected yet")
    before = teams.environment.teams.count_calls("members.get")
    await teams.say("help", where=teams.personal)
    await teams.reads("Commands")
    assert teams.environment.teams.count_calls("members.get") == before


async def test_two_messages_without_an_id_get_two_answers(
    teams: TeamsUser, state: TeamsState, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.say("status", where=teams.personal)
    await teams.reads("not connected yet")
    monkeypatch.setattr(state, "omits_activity_ids", True)
    await teams.say("help", where=teams.personal)
    await teams.reads("Commands")
    await teams.say("list", where=teams.personal)
    await teams.reads("no open session")


async def test_service_url_in_another_spelling_is_accepted(
    teams: TeamsUser, state: TeamsState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "respells_service_url", True)
    assert (await teams.say("status", where=teams.personal)).status == 202
    await teams.reads("not connected yet")
