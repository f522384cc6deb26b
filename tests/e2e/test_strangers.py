"""Slack Connect: people of another organisation see the bot's messages, and press its buttons. They are strangers."""

from typing import Any

import pytest
from support.interacting import press_as_is
from support.slack_user import SlackUser, card_of, until

from bot.commands import OnSession, Verb, encode_command

STRANGER = "You belong to another organization"


@pytest.fixture
async def held(slack_user: SlackUser) -> tuple[SlackUser, dict[str, Any]]:
    """A technician with an open session, and the button that ends it."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    (session,) = slack_user.sessions(number)
    return slack_user, {
        "action_id": "tv:end:0",
        "value": encode_command(OnSession(Verb.END, number)),
        "session": session,
    }


async def test_a_press_that_names_another_workspace_is_refused(
    held: tuple[SlackUser, dict[str, Any]],
) -> None:
    """Its sender claims the technician's very account; the workspace that it comes from is not the token's."""
    slack_user, end = held
    user = slack_user.technician.user
    session = end.pop("session")
    for more in (
        {
            "team": {"id": "T0ELSEWHERE", "domain": "elsewhere"},
            "user": {"id": user, "team_id": "T0ELSEWHERE"},
        },
        {"user": {"id": user, "team_id": "T0ELSEWHERE"}},
        {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}, "user": {"id": user}},
    ):
        told = slack_user.seen().count(STRANGER)
        outcome = await press_as_is(slack_user.environment.slack, user, slack_user.channel, end, **more)
        assert outcome.status == 200
        await until(lambda told: slack_user.seen().count(STRANGER) > told, told)
    assert session.state == "open"


async def test_a_technicians_address_in_another_workspace_opens_nothing(slack_user: SlackUser) -> None:
    """Whoever founds a workspace can give anybody's address to an account there: no profile of it is believed."""
    slack = slack_user.environment.slack
    team = slack.add_team("T0CONNECT", "Connected Firm", "connected")
    twin = slack_user.environment.add_chat_user("Tom Ray", slack_user.technician.email, team=team)
    channel = slack.add_channel("shared", [twin.user], team=team)
    asked = slack.count_calls("users.info")
    await slack_user.type("status", by=twin, channel=channel)
    await until(lambda: STRANGER in slack_user.seen(twin))
    await slack.send_event("app_home_opened", user=twin.user, tab="home", team=team)
    assert slack.count_calls("users.info") == asked
    assert slack.home_tab(twin.user) is None
