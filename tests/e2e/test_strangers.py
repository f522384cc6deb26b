"""Slack Connect: people of another organisation see the bot's messages, and press its buttons. They are strangers."""

from typing import Any

import pytest
from support.desk import Desk, card_of, until
from support.interacting import press_as_is

from bot.commands import OnSession, Verb, encode_command

STRANGER = "You belong to another organization"


@pytest.fixture
async def held(desk: Desk) -> tuple[Desk, dict[str, Any]]:
    """A desk with an open session, and the button that ends it."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for"))
    (session,) = desk.sessions(number)
    return desk, {
        "action_id": "tv:end:0",
        "value": encode_command(OnSession(Verb.END, number)),
        "session": session,
    }


async def test_a_press_that_names_another_workspace_is_refused(held: tuple[Desk, dict[str, Any]]) -> None:
    """Its sender claims the technician's very account; the workspace that it comes from is not the token's."""
    desk, end = held
    user = desk.technician.user
    session = end.pop("session")
    for more in (
        {
            "team": {"id": "T0ELSEWHERE", "domain": "elsewhere"},
            "user": {"id": user, "team_id": "T0ELSEWHERE"},
        },
        {"user": {"id": user, "team_id": "T0ELSEWHERE"}},
        {"team": {"id": "T0ELSEWHERE", "domain": "elsewhere"}, "user": {"id": user}},
    ):
        told = desk.seen().count(STRANGER)
        outcome = await press_as_is(desk.town.slack, user, desk.channel, end, **more)
        assert outcome.status == 200
        await until(lambda told: desk.seen().count(STRANGER) > told, told)
    assert session.state == "open"


async def test_a_technicians_address_in_another_workspace_opens_nothing(desk: Desk) -> None:
    """Whoever founds a workspace can give anybody's address to an account there: no profile of it is believed."""
    slack = desk.town.slack
    team = slack.add_team("T0CONNECT", "Connected Firm", "connected")
    twin = desk.town.add_chat_user("Tom Ray", desk.technician.email, team=team)
    channel = slack.add_channel("shared", [twin.user], team=team)
    asked = slack.count_calls("users.info")
    await desk.type("status", by=twin, channel=channel)
    await until(lambda: STRANGER in desk.seen(twin))
    await slack.send_event("app_home_opened", user=twin.user, tab="home", team=team)
    assert slack.count_calls("users.info") == asked
    assert slack.home_tab(twin.user) is None
