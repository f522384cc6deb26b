"""In a channel that another organization shares, everybody reads that a session runs, and only the technician the rest."""

import json

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_teams import InTeams
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser, plain

from adapters.slack.chat import SlackChat
from adapters.teams.chat import TeamsChat
from bot.model.ids import RequestNumber
from bot.model.technician import Platform
from bot.values import replace
from sandbox.environment import Environment
from sandbox.slack.model import Message

SUBJECT = "Payroll of the board"
REQUESTER = "Ann Lee"


async def test_shared_channel_reads_that_a_session_runs_and_no_more(
    connected: ChatUser, bot: RunningBot
) -> None:
    """From its creation to its end. The technician has the card, with its buttons, in private."""
    connected.share_channel()
    number = connected.slack_user.new_request(SUBJECT)
    await connected.type(f"create {number}")
    await until(lambda: connected.own_chat(f"Waiting for {REQUESTER}"))
    (card, *_more) = connected.own_chat(SUBJECT)
    line = await until(lambda: connected.card(number, "is running"))
    assert "Enter" in str(connected.labels(card))
    assert connected.labels(line) == []
    await connected.type(f"show {number}")
    await connected.type(f"history {number}")
    await bot.settle()
    session = connected.slack_user.sessions(number)[0]
    connected.environment.teamviewer.connect_session(session.code, "LAPTOP-1")
    await bot.sweep()
    await until(lambda: connected.own_chat(f"{REQUESTER} is there"))
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "is over"))
    await bot.settle()
    seen = connected.channel_text()
    for detail in (SUBJECT, REQUESTER, session.code, "Waiting for", "Enter"):
        assert detail not in seen, f"the shared channel reads {detail}"


async def test_channel_that_is_shared_later_loses_the_details(user: ChatUser, bot: RunningBot) -> None:
    """The next change of the session removes them."""
    await user.authorize()
    number = user.slack_user.new_request(SUBJECT)
    await user.type(f"create {number}")
    await until(lambda: user.card(number, "Waiting for"))
    await bot.settle()
    user.share_channel()
    _forget_what_slack_said(bot)
    await user.type("help")
    await user.type(f"end {number}")
    await until(lambda: user.card(number, "is over"))
    assert REQUESTER not in user.text(user.card(number))
    assert SUBJECT not in user.text(user.card(number))


def _forget_what_slack_said(bot: RunningBot) -> None:
    """Let the time pass for which Slack's answer is used."""
    chat = bot.services.chats[Platform.SLACK]
    assert isinstance(chat, SlackChat)
    chat._shared_channels._known.clear()


async def test_invited_organization_counts_as_there(
    slack_user: SlackUser, environment: Environment, bot: RunningBot
) -> None:
    await slack_user.authorize()
    environment.slack.share_channel(slack_user.channel, is_pending=True)
    number = slack_user.new_request(SUBJECT)
    await slack_user.type(f"create {number}")
    await bot.settle()
    assert SUBJECT not in json.dumps([one.blocks for one in _channel_messages(slack_user)])


async def test_app_without_the_scope_shows_less(
    slack_user: SlackUser, environment: Environment, bot: RunningBot
) -> None:
    """Slack does not say then whether the channel is shared."""
    token = environment.slack.token_of()
    assert token is not None
    scopes = set(token.scopes)
    token.scopes.discard("channels:read")
    try:
        await slack_user.authorize()
        number = slack_user.new_request(SUBJECT)
        await slack_user.type(f"create {number}")
        await bot.settle()
    finally:
        token.scopes = scopes
    shown = json.dumps([one.blocks for one in _channel_messages(slack_user)])
    assert "is running" in shown
    assert SUBJECT not in shown


def _channel_messages(slack_user: SlackUser) -> list[Message]:
    return slack_user.environment.slack.channels[slack_user.channel].messages


@pytest.mark.parametrize("kind", ["channel", "group chat"])
async def test_member_of_another_tenant_tells_that_a_conversation_of_teams_is_shared(
    kind: str, user_in_teams: InTeams, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the activities do not name the type of their channel. A group chat has none."""
    monkeypatch.setattr(user_in_teams.environment.teams.state, "names_channel_types", False)
    await user_in_teams.authorize()
    if kind == "group chat":
        person = user_in_teams.technician.teams
        group = user_in_teams.environment.teams.add_group_chat([person], "Printers")
        user_in_teams = InTeams(user_in_teams.slack_user, replace(user_in_teams.teams, channel=group))
    inside = user_in_teams.slack_user.new_request(SUBJECT)
    await user_in_teams.type(f"create {inside}")
    await until(lambda: user_in_teams.card(inside, SUBJECT))
    user_in_teams.new_outsider()
    _forget_members(bot)
    outside = user_in_teams.slack_user.new_request("Dismissals in spring")
    await user_in_teams.type(f"create {outside}")
    await until(lambda: user_in_teams.card(outside, "is running"))
    await until(lambda: user_in_teams.own_chat("Dismissals in spring"))
    assert "Dismissals in spring" not in user_in_teams.channel_text()


def _forget_members(bot: RunningBot) -> None:
    """Let the time pass for which the members are not read again."""
    chat = bot.services.chats[Platform.TEAMS]
    assert isinstance(chat, TeamsChat)
    chat.shared_channels._by_members.clear()


@pytest.fixture
def user_in_teams(slack_user: SlackUser) -> InTeams:
    return InTeams(slack_user)


@pytest.fixture
def shared_in_teams(slack_user: SlackUser) -> TeamsUser:
    teams = TeamsUser.of_slack_user(slack_user)
    teams.channel.is_shared = True
    return teams


async def test_preview_and_search_show_nothing_in_a_shared_channel_of_teams(
    shared_in_teams: TeamsUser, environment: Environment, bot: RunningBot
) -> None:
    """Everybody in the channel would see what is posted from there."""
    number = shared_in_teams.slack_user.new_request(SUBJECT)
    await shared_in_teams.say("help")
    await shared_in_teams.authorize()
    request = await bot.run(lambda: bot.services.servicedesk.request(RequestNumber(number)))
    person, channel = shared_in_teams.technician.teams, shared_in_teams.channel
    extension = environment.teams
    searched = await extension.query_extension(person, channel, "searchRequests", number)
    previewed = await extension.preview_link(person, channel, request.url)
    assert (searched.status, previewed.status) == (200, 200)
    assert "Another organization shares this channel" in str(searched.body)
    assert SUBJECT not in plain(f"{previewed.body!r} {searched.body!r}")
    channel.is_shared = False
    bot_chat = bot.services.chats[Platform.TEAMS]
    assert isinstance(bot_chat, TeamsChat)
    bot_chat.shared_channels._types.clear()
    previewed = await extension.preview_link(person, channel, request.url)
    assert SUBJECT in plain(f"{previewed.body!r}"), "nothing would be shown in any channel"
