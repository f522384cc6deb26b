"""A technician becomes a guest, is deactivated or leaves. What the bot knew of them a moment ago counts no longer."""

from functools import partial

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

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
