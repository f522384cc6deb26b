"""A command in a thread, and a button pressed in one, bring their answer and their card into that thread."""

from typing import Any

import pytest
from support.bot import RunningBot
from support.reading import labels
from support.slack_user import SlackUser, text_of, until
from support.teams_user import TeamsUser

REMOTE = "Remote session"
"""The button of a request's panel."""


async def test_card_of_a_button_pressed_in_a_thread_of_slack_is_in_that_thread(slack_user: SlackUser) -> None:
    """The panel of a request is answered in the thread, and so is everything that its button does."""
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.authorize()
    channel = slack.channels[slack_user.channel]
    root = slack.post_message(user, channel.id, "The printer is down")
    number = slack_user.new_request()
    await slack.write_message(user, channel.id, f"@tvbot show {number}", thread_ts=root.ts)

    def panel() -> Any:
        shown = [one for one in slack.ephemerals(user, channel.id) if REMOTE in labels(one.blocks)]
        return shown[-1] if shown else None

    asked = await until(panel)
    assert asked.thread_ts == root.ts
    await slack_user.press(asked, REMOTE)

    def card() -> Any:
        posted = (one for one in channel.messages if "Waiting for" in text_of(one))
        return next((one for one in posted if f"#{number}" in text_of(one)), None)

    assert (await until(card)).thread_ts == root.ts

    def answers() -> list[Any]:
        return [
            one for one in slack.ephemerals(user, channel.id) if f"request #{number} is ready" in text_of(one)
        ]

    (ready,) = await until(answers)
    assert ready.thread_ts == root.ts


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


async def test_answers_and_cards_stay_in_a_reply_chain_of_teams(teams: TeamsUser) -> None:
    """A colleague began the chain. What is typed in it, and what is pressed in it, goes there."""
    colleague = teams.join(teams.slack_user.new_technician())
    asked = await teams.say("The printer is down", by=colleague, mention=False)
    typed, pressed = teams.slack_user.new_request(), teams.slack_user.new_request()
    chain = asked.activity["id"]
    await teams.say(f"create {typed}", thread=chain)
    card = await until(lambda: teams.card(typed, "Waiting for"))
    assert card.thread_root == chain

    await teams.say(f"show {pressed}", thread=chain)

    def panel() -> Any:
        shown = [one for one in teams.channel.messages if not one.deleted and REMOTE in teams.titles(one)]
        return shown[-1] if shown else None

    answer = await until(panel)
    assert answer.thread_root == chain
    await teams.press(answer, REMOTE)
    card = await until(lambda: teams.card(pressed, "Waiting for"))
    assert card.thread_root == chain
    assert {one.thread_root for one in teams.channel.messages if one.sender == "bot"} == {chain}
