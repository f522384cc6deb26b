"""A technician becomes a guest, is deactivated or leaves. What the bot knew of them a moment ago counts no longer."""

from datetime import timedelta
from functools import partial

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import Email
from bot.model.switches import Switches

GUESTS = "Guests cannot run sessions"


async def test_new_guest_gets_no_link_and_moves_no_switch(admin: ChatUser, bot: RunningBot) -> None:
    """The platform says nothing by itself. The bot looks at the account again before it reveals a link."""
    number, session = await admin.create()
    await bot.settle()
    seen = admin.ever_seen().count(session.supporter_link)
    admin.become_guest()
    for words in (f"enter {number}", f"link {number}", "admin disable", "admin widget off"):
        await expect_answer(admin, GUESTS, partial(admin.type, words))
    await bot.settle()
    assert admin.ever_seen().count(session.supporter_link) == seen
    async with bot.unit_of_work.read() as tx:
        assert await tx.switches.read() == Switches()


async def test_new_guest_creates_no_session(connected: ChatUser, bot: RunningBot) -> None:
    """The command is accepted by what was known. Its job looks again, and TeamViewer is not called."""
    await connected.create()
    await bot.settle()
    teamviewer = connected.environment.teamviewer
    number = connected.slack_user.new_request("Another request")
    connected.become_guest()
    await _read_profile_minutes_ago(connected.technician.email, bot)
    before = len(teamviewer.sessions)
    await expect_answer(connected, GUESTS, partial(connected.type, f"create {number}"))
    await bot.settle()
    assert len(teamviewer.sessions) == before
    assert connected.environment.mailbox.messages_to(f"ann{number}@example.test") == []


async def _read_profile_minutes_ago(address: str, bot: RunningBot) -> None:
    """Let a few minutes pass since the bot read the profiles with an address."""
    async with bot.unit_of_work.write() as tx:
        for profile in await tx.people.profiles_of(Email(address)):
            stored = await tx.people.profile(profile.actor)
            assert stored is not None
            await tx.people.store_profile(profile, stored[1] - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("change", "why"), [({"is_restricted": True}, GUESTS), ({"deleted": True}, "deactivated")], ids=str
)
async def test_account_that_slack_reports_as_changed_is_looked_at_again(
    slack_user: SlackUser, change: dict[str, bool], why: str
) -> None:
    """Also before a command that only reads, and in the Home tab, which shows the reason by itself."""
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack_user.type("list")
    await until(lambda: "no open session" in slack_user.seen().lower())
    await slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: slack.home_tab(user))
    await slack.change_account(user, **change)
    await until(lambda: why in str(slack.home_tab(user)))
    before = slack_user.seen().count(why)
    await slack_user.type("list")
    await until(lambda: slack_user.seen().count(why) > before)


async def test_person_who_leaves_a_conversation_in_teams_is_looked_at_again(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """They may have left the organization. Here they became a guest."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.say("list")
    await teams.reads("no open session")
    await bot.settle()
    person = teams.technician.teams
    person.role = "guest"
    await teams.environment.teams.leave_conversation(teams.channel, person)
    await bot.settle()
    await teams.say("list", where=teams.personal)
    await teams.reads(GUESTS)
