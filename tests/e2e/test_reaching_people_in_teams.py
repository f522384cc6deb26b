"""Answers and cards find their way in Teams, whatever happened to the bot, its secret or its place there."""

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, card_of, until
from support.teams_user import TeamsUser

from bot.model.ids import Email, RequestNumber
from bot.model.technician import Platform
from sandbox.faults import Fault


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


async def test_the_message_extension_in_a_chat_without_the_bot_takes_nobodys_place_away(
    teams: TeamsUser,
) -> None:
    """It is asked from any conversation; private answers still come to the person's own chat with the bot."""
    teams_tenant, person = teams.environment.teams, teams.technician.teams
    number, session = await teams.create()
    elsewhere = teams_tenant.add_group_chat([person], "Lunch", bot_is_member=False)
    await teams_tenant.query_extension(person, elsewhere, "searchRequests", number)
    await teams.say(f"enter {number}")
    await until(lambda: teams.card(number, session.supporter_link, where=teams.personal))


async def test_somebody_who_never_spoke_to_the_bot_is_made_an_sdadmin_by_a_mention(
    teams: TeamsUser, bot: RunningBot
) -> None:
    """Who was mentioned is in the conversation: its roster identifies them."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(teams.technician.email))
    colleague = teams.join(teams.slack_user.new_technician())
    await teams.say("admin status")
    await teams.say("admin grant @Ines Moreau", mentions=[colleague.teams])
    await teams.reads("Ines Moreau is an SDAdmin now")


async def test_somebody_mentioned_in_the_chat_with_the_bot_is_found_in_the_roster_of_a_team(
    teams: TeamsUser, bot: RunningBot
) -> None:
    """They are no member of that chat, whose roster does not have them."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(teams.technician.email))
    colleague, stranger = teams.join(teams.slack_user.new_technician()), teams.slack_user.new_technician()
    await teams.say("admin status")
    await teams.say("admin grant @Ines Moreau", mentions=[colleague.teams], where=teams.personal)
    await teams.reads("Ines Moreau is an SDAdmin now")
    await teams.say("admin grant @Ines Moreau", mentions=[stranger.teams], where=teams.personal)
    await teams.reads("I do not know this person in Teams yet")


async def test_of_many_cards_in_one_conversation_the_newest_follows(teams: TeamsUser) -> None:
    """Each ``show`` puts a card at the end; the one before says so, and is not updated any more."""
    number, _session = await teams.create()
    for _ in range(3):
        shown = len(teams.personal.messages)
        await teams.say(f"show {number}", where=teams.personal)
        await until(lambda shown: len(teams.personal.messages) > shown + 2, shown)
    await until(lambda: teams.seen().count("is further down now") == 2)
    await teams.say(f"end {number}", where=teams.personal)
    await until(lambda: teams.card(number, "Ended by Tom Ray", where=teams.personal))
    ended = [one for one in teams.personal.messages if "Ended by Tom Ray" in teams.text(one)]
    assert len(ended) == 1


async def test_an_answer_that_teams_drops_comes_later(teams: TeamsUser, quick_retries: None) -> None:
    """Teams has its response and does not send the message again, so the bot sends its answer again."""
    teams.environment.teams.faults.plan("activities.send", Fault.DROP, times=1)
    await teams.say("history mine", where=teams.personal)
    await teams.reads("Your sessions")


async def test_a_secret_that_ended_costs_no_card(teams: TeamsUser, quick_retries: None) -> None:
    """While Microsoft refuses the bot's sign-in cards stand still; with a new secret they follow again."""
    number, session = await teams.create()
    tokens = teams.environment.teams.token_endpoint
    good, tokens.app_password = tokens.app_password, "another one now"
    tokens.revoke_all_tokens()
    refused = teams.environment.teams.count_calls("token")
    teams.environment.teamviewer.join_session(session.code)
    await until(lambda: teams.environment.teams.count_calls("token") > refused)
    tokens.app_password = good
    await teams.slack_user.type(f"end {number}")
    await until(lambda: teams.card(number, "Ended by Tom Ray"))


async def test_a_platform_that_is_set_up_no_more_holds_the_other_up_in_nothing(
    teams: TeamsUser, bot: RunningBot
) -> None:
    """Cards in Teams are still known when Teams is taken out of the settings; those in Slack go on."""
    slack_user = teams.slack_user
    number, session = await teams.create()
    async with bot.unit_of_work.read() as tx:
        (kept,) = await tx.sessions.open_of_request(RequestNumber(number))
    slack = slack_user.new_request()
    await slack_user.type(f"create {slack}")
    await until(lambda: card_of(slack_user, slack, "Waiting for"))
    assert bot.bot.services is not None
    chats = bot.bot.services.chats
    taken_out = chats.pop(Platform.TEAMS)
    try:
        await slack_user.environment.slack.send_event(
            "app_home_opened", user=slack_user.technician.user, tab="home"
        )
        teams.environment.teamviewer.options.running_reported = True
        teams.environment.teamviewer.connect_session(session.code)
        await until(lambda: "Connected since" in slack_user.seen() and f"#{kept.number}" in slack_user.seen())
    finally:
        chats[Platform.TEAMS] = taken_out
