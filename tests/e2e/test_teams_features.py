"""Features that only Teams has, and what is particular to them there."""

import json

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, card_of, until
from support.teams_user import TeamsUser

from bot.model.ids import Email
from sandbox.faults import Fault
from sandbox.teams import TeamsMessage


@pytest.fixture
async def teams_admin(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in Teams who is connected, and an SDAdmin."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


async def test_session_created_in_slack_is_ended_in_teams(teams_admin: TeamsUser) -> None:
    """One person is the same technician in both chats. Both cards follow."""
    slack_user = teams_admin.slack_user
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    await teams_admin.say(f"show {number}")
    await until(lambda: teams_admin.card(number, "Waiting for"))
    await until(lambda: teams_admin.card(number, "Enter"))
    await teams_admin.say(f"end {number}", where=teams_admin.personal)
    await until(lambda: card_of(slack_user, number, "Ended by Tom Ray"))
    await until(lambda: teams_admin.card(number, "Ended by Tom Ray"))
    assert slack_user.sessions(number)[0].state == "closed"


async def test_overview_is_shown_on_install_and_replaced_by_a_newer_one(teams_admin: TeamsUser) -> None:
    """It follows sessions, offers the administration to SDAdmins, and is deleted when ``home`` posts another."""
    await teams_admin.environment.teams.install_app(teams_admin.personal, teams_admin.technician.teams)
    home = await until(lambda: _home(teams_admin))
    assert "connected as Tom Ray" in teams_admin.text(home)
    assert "Administration" in teams_admin.text(home)
    number, session = await teams_admin.create()
    await until(lambda: f"#{number}" in teams_admin.text(home))
    teams_admin.environment.teamviewer.options.running_reported = True
    teams_admin.environment.teamviewer.connect_session(session.code)
    await until(lambda: "Connected since" in teams_admin.text(home))
    await teams_admin.say("home", where=teams_admin.personal)
    newer = await until(lambda: home.deleted and _home(teams_admin))
    await teams_admin.say("admin widget off home")
    await until(lambda: "overview is switched off" in teams_admin.text(newer))


async def test_switch_in_the_overview_changes_the_overview(teams_admin: TeamsUser) -> None:
    """It stays an overview, and no panel is posted below it."""
    await teams_admin.environment.teams.install_app(teams_admin.personal, teams_admin.technician.teams)
    home = await until(lambda: _home(teams_admin))
    count = len(teams_admin.personal.messages)
    await teams_admin.press(home, "Switch it off")
    await until(lambda: "**TeamViewer integration**: off" in teams_admin.text(home))
    await teams_admin.press(home, "Switch on")
    await until(lambda: "**TeamViewer integration**: on" in teams_admin.text(home))
    assert "Overview" in teams_admin.text(home)
    assert len(teams_admin.personal.messages) == count


def _home(teams_admin: TeamsUser) -> TeamsMessage | None:
    for message in reversed(teams_admin.personal.messages):
        if (
            not message.deleted
            and "Administration" in teams_admin.text(message)
            and "connected as" in teams_admin.text(message)
        ):
            return message
    return None


async def test_message_extension_searches_posts_and_creates(teams_admin: TeamsUser) -> None:
    """It finds a request to post, and creates a session from a message that names a request."""
    teams, person = teams_admin.environment.teams, teams_admin.technician.teams
    number = teams_admin.slack_user.new_request("Extension finds this")
    found = await teams.query_extension(person, teams_admin.channel, "searchRequests", "Extension finds")
    assert not found.error
    posted = teams.post_result(person, teams_admin.channel, found)
    assert "Extension finds this" in json.dumps(posted.cards)
    await teams_admin.say(f"Can somebody look at #{number} please?", mention=False)
    message = teams_admin.channel.messages[-1]
    opened = await teams.open_dialog(person, teams_admin.channel, "createSession", message)
    assert number in json.dumps(opened.body)
    data = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    sent = await teams.submit_dialog(person, teams_admin.channel, "createSession", data)
    assert "Creating a remote session" in json.dumps(sent.body)
    await until(lambda: teams_admin.card(number, "Waiting for"))


async def test_pasted_request_link_unfurls_for_technicians_only(teams_admin: TeamsUser) -> None:
    """The preview is the request's panel. It has no link with a secret, and follows its switch."""
    teams = teams_admin.environment.teams
    number, session = await teams_admin.create(subject="Preview me in Teams")
    request_id = teams_admin.environment.servicedesk.requests[number].id
    url = f"{teams_admin.environment.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    shown = await teams.preview_link(teams_admin.technician.teams, teams_admin.channel, url)
    assert "Preview me in Teams" in json.dumps(shown.body)
    assert session.supporter_link not in json.dumps(shown.body)
    assert session.end_customer_link not in json.dumps(shown.body)
    guest = teams_admin.join(teams_admin.slack_user.new_colleague())
    nothing = await teams.preview_link(guest.teams, teams_admin.channel, url)
    assert "Preview me" not in json.dumps(nothing.body)
    await teams_admin.say("admin widget off unfurl")
    await teams_admin.reads("switched the widget off")
    nothing = await teams.preview_link(teams_admin.technician.teams, teams_admin.channel, url)
    assert "Preview me" not in json.dumps(nothing.body)


async def test_shared_card_shows_its_creator_more_than_others(teams_admin: TeamsUser) -> None:
    """Enter, and the device of the live connection, are in the creator's own view of the card."""
    number, session = await teams_admin.create()
    card = await until(lambda: teams_admin.card(number, "Enter"))
    colleague = teams_admin.join(teams_admin.slack_user.new_technician())
    assert "Enter" not in teams_admin.titles(card, by=colleague)
    teams_admin.environment.teamviewer.options.running_reported = True
    teams_admin.environment.teamviewer.connect_session(session.code, f"LAPTOP-{number}")
    await until(lambda: teams_admin.card(number, f"LAPTOP-{number}"))
    await until(lambda: teams_admin.card(number, "Connected with", by=colleague))
    seen = teams_admin.environment.teams.visible_to(colleague.teams, include_history=True)
    assert f"LAPTOP-{number}" not in seen
    assert session.supporter_link not in seen


async def test_session_card_in_the_personal_chat_ends_the_session_in_both_places(
    teams_admin: TeamsUser,
) -> None:
    """``show`` posts a card there that acts and follows like the one in the channel."""
    number, _session = await teams_admin.create()
    await teams_admin.say(f"show {number}", where=teams_admin.personal)
    panel = await until(lambda: teams_admin.card(number, "Status", where=teams_admin.personal))
    assert {"Remote session", "Pilot session", "History"} <= set(teams_admin.titles(panel))
    shown = await until(lambda: teams_admin.card(number, "Waiting for", where=teams_admin.personal))
    assert {"Enter", "Resend link", "Get link", "End"} <= set(teams_admin.titles(shown))
    await teams_admin.press(shown, "End it")
    await until(lambda: teams_admin.card(number, "Ended by Tom Ray", where=teams_admin.personal))
    await until(lambda: teams_admin.card(number, "Ended by Tom Ray"))


async def test_connections_are_listed_in_the_personal_chat(teams_admin: TeamsUser) -> None:
    """The channel does not see which accounts an SDAdmin has."""
    await teams_admin.say("admin connections")
    await until(
        lambda: [one for one in teams_admin.personal.messages if "New account" in teams_admin.titles(one)]
    )
    assert not [one for one in teams_admin.channel.messages if "New account" in teams_admin.titles(one)]


async def test_overview_that_cannot_be_deleted_is_posted_once(
    teams_admin: TeamsUser, quick_retries: None
) -> None:
    """Whatever Teams answers to the deletion, the new overview is there once, and the old one says so if it can."""
    await teams_admin.say("home", where=teams_admin.personal)
    old = await until(lambda: _home(teams_admin))
    teams_admin.environment.teams.faults.plan("activities.delete", Fault.DROP, times=20)
    await teams_admin.say("home", where=teams_admin.personal)
    await until(lambda: "further down" in teams_admin.text(old))
    await teams_admin.say("status", where=teams_admin.personal)
    await until(lambda: teams_admin.seen().count("connected as") > 1)
    shown = [one for one in teams_admin.personal.messages if "Administration" in teams_admin.text(one)]
    assert len(shown) == 1


async def test_technician_who_never_wrote_to_the_bot_searches_with_the_message_extension(
    teams_admin: TeamsUser,
) -> None:
    """The roster says who they are. That of another channel does, where the bot is no member of their conversation."""
    teams, slack_user = teams_admin.environment.teams, teams_admin.slack_user
    slack_user.new_request("Found at first sight")
    newcomer = teams_admin.join(slack_user.new_technician())
    found = await teams.query_extension(newcomer.teams, teams_admin.channel, "searchRequests", "first sight")
    assert "Found at first sight" in json.dumps(found.body)
    other = teams_admin.join(slack_user.new_technician())
    lunch = teams.add_group_chat([other.teams], "Lunch", bot_is_member=False)
    found = await teams.query_extension(other.teams, lunch, "searchRequests", "first sight")
    assert "Found at first sight" in json.dumps(found.body)
    assert teams.personal_chat(other.teams).messages == []


async def test_stranger_in_a_channel_is_refused_in_private(teams_admin: TeamsUser) -> None:
    """The channel does not see their address."""
    stranger = teams_admin.join(teams_admin.slack_user.new_colleague())
    await teams_admin.say("create 101", by=stranger)
    private = teams_admin.environment.teams.personal_chat(stranger.teams)

    def said(messages: list[TeamsMessage]) -> str:
        return " ".join(teams_admin.text(one, by=stranger) for one in messages)

    await until(lambda: stranger.email in said(private.messages))
    await until(lambda: "Only you may see that" in said(teams_admin.channel.messages))
    assert stranger.email not in said(teams_admin.channel.messages)


async def test_later_answer_in_a_channel_names_the_bot_in_what_to_type(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """The sender is looked up first, so the answer is a message of its own. In the bot's own chat no mention is needed."""
    teams = TeamsUser.of_slack_user(slack_user)
    request = teams.slack_user.new_request()

    def reads(words: str, messages: list[TeamsMessage]) -> bool:
        return any(words in teams.text(one) for one in messages if one.sender == "bot")

    await teams.say(f"end {request}")
    await until(lambda: reads(f"“@TVBot create {request}”", teams.channel.messages))
    await teams.say(f"end {request}", where=teams.personal)
    await until(lambda: reads(f"“create {request}”", teams.personal.messages))
