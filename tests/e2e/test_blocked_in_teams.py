"""Somebody blocks the bot in Teams: it is noted at the first refusal, nothing is tried without end, and it can be undone."""

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from sandbox.teams import RecordedCall

pytestmark = pytest.mark.long

WRITES = ("activities.send", "activities.update", "conversations.create")


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician with an overview and a card in their personal chat, and one card in a channel."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    await teams.environment.teams.install_app(teams.personal, teams.technician.teams)
    await teams.reads("Overview")
    return teams


def refused(teams: TeamsUser) -> list[RecordedCall]:
    """What Teams refused of what the bot wanted to write."""
    return [one for one in teams.environment.teams.calls if one.operation in WRITES and one.status == 403]


async def test_changes_are_noted_once_and_not_tried_again(teams: TeamsUser, bot: RunningBot) -> None:
    """Neither the card nor the overview in the blocked chat is tried once the refusal is noted; the channel's card goes on."""
    number, session = await teams.create()
    await teams.say(f"show {number}", where=teams.personal)
    await until(lambda: _own_card(teams, number))
    await bot.settle()
    teams.environment.teams.block_bot(teams.technician.teams)
    before = len(refused(teams))
    teamviewer = teams.environment.teamviewer
    teamviewer.join_session(session.code)
    await until(lambda: teams.card(number, "is there"))
    await bot.settle()
    # What was under way at the same moment was refused as well: the overview, the card, perhaps for two changes.
    first = len(refused(teams))
    assert first > before
    for step, said in ((teamviewer.leave_session, "Waiting again"), (teamviewer.join_session, "is there")):
        step(session.code)
        await until(lambda said: teams.card(number, said), said)
    colleague = teams.join(teams.slack_user.new_technician())
    number, _session = await teams.create()
    await teams.say(f"history {number}", by=colleague)
    await teams.reads(f"Sessions of request #{number}", by=colleague)
    assert len(refused(teams)) == first


async def test_person_who_unblocks_the_bot_is_answered_at_once(teams: TeamsUser) -> None:
    """Teams does not tell of it: the next thing that they say does."""
    teams.environment.teams.block_bot(teams.technician.teams)
    await teams.say("status")
    await teams.reads("I cannot write to you in private")
    teams.personal.is_blocked = False
    said = len(teams.personal.messages)
    await teams.say("help", where=teams.personal)
    await until(
        lambda: "Commands" in str([one.text + str(one.cards) for one in teams.personal.messages[said:]])
    )


def _own_card(teams: TeamsUser, number: str) -> bool:
    """Whether the personal chat has a card of the request's session, apart from the overview."""
    there = [teams.text(one) for one in teams.personal.messages if one.cards and not one.deleted]
    return any(f"#{number}" in text and "Valid until" in text and "Overview" not in text for text in there)
