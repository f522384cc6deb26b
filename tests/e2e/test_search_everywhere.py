"""A request is found by its number, by words of its subject, and by its requester, wherever a chat offers a search."""

import json
from collections.abc import Awaitable, Callable

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

SUBJECT, REQUESTER = "Plotter eats paper", "Quentin Zabel"


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in both chats."""
    user = TeamsUser.of_slack_user(slack_user)
    await user.authorize()
    await slack_user.answer_to("status", "You are Tom Ray")
    return user


async def in_slacks_form(teams: TeamsUser, typed: str) -> str:
    """The options of the form's picker in Slack."""
    slack, user = teams.environment.slack, teams.technician.user
    await teams.slack_user.type("create")
    modal = await until(lambda: slack.current_modal(user))
    found = await slack.search_options(user, "tv:request", "request", typed)
    await slack.close_modal(user, modal.id)
    return json.dumps(found.json)


async def in_teams_form(teams: TeamsUser, typed: str) -> str:
    """The choices of the form in Teams, while somebody types."""
    found = await teams.environment.teams.search_choices(
        teams.technician.teams, None, typed, "requests", conversation=teams.channel
    )
    return json.dumps(found.body)


async def in_the_extension(teams: TeamsUser, typed: str) -> str:
    """The results of the message extension."""
    found = await teams.environment.teams.query_extension(
        teams.technician.teams, teams.channel, "searchRequests", typed
    )
    assert not found.error
    return json.dumps(found.body)


@pytest.mark.parametrize("search", [in_slacks_form, in_teams_form, in_the_extension])
async def test_request_is_found_by_number_subject_and_requester(
    teams: TeamsUser, search: Callable[[TeamsUser, str], Awaitable[str]]
) -> None:
    number = teams.slack_user.new_request(SUBJECT, requester_name=REQUESTER)
    teams.slack_user.new_request("Something else")
    for typed in (number, f"#{number}", "eats paper", "plotter", "zabel", "Quentin"):
        found = await search(teams, typed)
        assert number in found, typed
        assert SUBJECT in found
        assert REQUESTER in found, "whose it is"
        assert "Something else" not in found
