"""Requests to the endpoint for Teams that Teams did not send: refused with an empty answer, and nothing is done."""

import time

import pytest
from support.bot import RunningBot
from support.in_teams import OTHER_TENANT
from support.slack_user import SlackUser
from support.teams_user import TeamsUser


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


@pytest.mark.parametrize(
    "forgery",
    [
        {"exp": 1},
        {"aud": "somebody-else"},
        {"iss": "https://evil.test"},
        {"serviceurl": "https://evil.test/"},
        {"kid": "unknown"},
        {"alg": "none"},
    ],
)
async def test_forged_tokens_are_refused(teams: TeamsUser, forgery: dict[str, object]) -> None:
    """401 with an empty body, and nothing is done."""
    teams_tenant = teams.environment.teams
    activity = teams_tenant.build_activity(teams.technician.teams, teams.personal, text="logout")
    answer = await teams_tenant.post_activity(activity, teams_tenant.sign(activity, **forgery))
    assert (answer.status, answer.body) == (401, None)
    answer = await teams_tenant.post_activity(activity, None)
    assert (answer.status, answer.body) == (401, None)
    assert "You are disconnected" not in teams.seen()


async def test_activity_of_another_tenant_is_refused(teams: TeamsUser) -> None:
    """Its token is genuine, but not for this organization."""
    teams_tenant = teams.environment.teams
    activity = teams_tenant.build_activity(teams.technician.teams, teams.personal, text="logout")
    activity["channelData"]["tenant"]["id"] = OTHER_TENANT
    assert (await teams_tenant.post_activity(activity, teams_tenant.sign(activity))).status == 401
    assert "You are disconnected" not in teams.seen()


async def test_a_rotated_key_is_accepted_on_its_first_use(teams: TeamsUser) -> None:
    """Microsoft's keys change without notice."""
    teams.environment.teams.rotate_keys()
    started = time.monotonic()
    delivery = await teams.say("help", where=teams.personal)
    assert delivery.status == 202, time.monotonic() - started
    await teams.reads("Commands")
