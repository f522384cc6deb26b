"""Rules about which sessions may be created, in both chats: added, tried, removed, and what they refuse.

All tests share one bot, so each rule is about a site, a person or a channel of its own.
"""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import until

from bot.model.policy import NumberedRule
from bot.policy_syntax import rule_words


@pytest.fixture(autouse=True)
async def rules_are_removed(bot: RunningBot) -> AsyncIterator[None]:
    """Remove every rule after the test: the other tests know of none."""
    yield
    async with bot.unit_of_work.write() as tx:
        for one in await tx.policy.rules():
            await tx.policy.remove(one.number)


@pytest.fixture
def site(admin: ChatUser) -> str:
    """A site of this test alone."""
    return f"Paris - {admin.technician.email.partition('@')[0]}"


async def rules(bot: RunningBot) -> list[NumberedRule]:
    async with bot.unit_of_work.read() as tx:
        return list(await tx.policy.rules())


async def rules_named(bot: RunningBot, words: str) -> list[NumberedRule]:
    return [one for one in await rules(bot) if rule_words(one.rule) == words]


async def test_a_rule_refuses_sessions_for_its_site_and_the_answer_names_it(
    admin: ChatUser, bot: RunningBot, site: str
) -> None:
    """Only once the request is read. Nothing reaches TeamViewer or the requester."""
    words = f'no pilot site:"{site}"'
    await admin.ask(f"admin policy add {words}", "holds from now on")
    (rule,) = await rules_named(bot, words)
    number = admin.slack_user.new_request(site=site)
    await admin.type(f"pilot {number}")
    await admin.reads(f"Rule {rule.number} does not allow this: No Pilot sessions for site")
    # Some SDAdmins are named. Other tests may have made more of them.
    assert re.search(r"Ask an SDAdmin: \w+ \w+", admin.seen())
    assert admin.slack_user.sessions(number) == []
    assert admin.environment.mailbox.messages_to(f"ann{number}@example.test") == []
    await admin.type(f"create {number}")
    await until(lambda: admin.card(number, "Waiting for"))
    await admin.ask(f"admin policy remove {rule.number}", f"Rule {rule.number} no longer holds")
    await admin.type(f"pilot {number}")
    await until(lambda: len(admin.slack_user.sessions(number)) == 2)


async def test_of_several_requests_the_rule_refuses_those_of_its_site(
    admin: ChatUser, bot: RunningBot, site: str
) -> None:
    await admin.ask(f'admin policy add no sessions site:"{site}"', "holds from now on")
    refused, created = admin.slack_user.new_request(site=site), admin.slack_user.new_request(site="Lyon")
    await admin.type(f"create {refused} {created}")
    await admin.reads(f"No session was created for request #{refused}. Rule")
    await until(lambda: admin.card(created, "Waiting for"))
    assert admin.slack_user.sessions(refused) == []
    assert len(await rules(bot)) == 1


async def test_a_limit_refuses_at_once_and_names_the_rule(admin: ChatUser) -> None:
    email = admin.technician.email
    await admin.ask(f"admin policy add at most 1 technician:{email}", "holds from now on")
    number, _session = await admin.create()
    other = admin.slack_user.new_request()
    await admin.ask(f"create {other}", "At most 1 open session for each technician")
    await admin.type(f"end {number}")
    await until(lambda: admin.card(number, "Ended by"))
    await admin.type(f"create {other}")
    await until(lambda: admin.card(other, "Waiting for"))


async def test_a_channel_can_be_the_only_place_for_sessions(admin: ChatUser) -> None:
    """Typed in that channel. The form is refused elsewhere as the word is."""
    email = admin.technician.email
    elsewhere = admin.in_new_channel("Elsewhere")
    words = f"admin policy add no sessions technician:{email} except channel:here"
    await admin.ask(words, "holds from now on")
    number = admin.slack_user.new_request()
    await elsewhere.ask(f"create {number}", "does not allow this: No sessions by")
    await admin.type(f"create {number}")
    await until(lambda: admin.card(number, "Waiting for"))


async def test_a_try_shows_what_would_have_been_refused_and_its_button_adds_the_rule(
    admin: ChatUser, bot: RunningBot, site: str
) -> None:
    number = admin.slack_user.new_request(site=site)
    await admin.type(f"create {number}")
    await until(lambda: admin.card(number, "Waiting for"))
    words = f'no sessions site:"{site}"'
    await admin.ask(f"admin policy try {words}", "it would have refused 1.")
    assert f"The latest of them: #{number}" in admin.seen()
    assert await rules(bot) == []
    shown = await until(lambda: admin.newest_with("Add this rule"))
    await admin.press(shown, "Add this rule")
    await admin.reads("holds from now on")
    assert len(await rules_named(bot, words)) == 1


async def test_a_rule_is_made_in_the_form_and_removed_by_its_button(
    admin: ChatUser, bot: RunningBot, site: str
) -> None:
    """The form first shows what the rule would have refused."""
    await admin.ask("admin policy", "There are no rules")
    await admin.press(admin.newest_with("New rule"), "New rule")
    fields = {"demand": "no pilot", "site": site, "hours": "08:00 - 18:00", "days": "mon-fri"}
    await expect_answer(admin, "Not added yet: No Pilot sessions for site", partial(send_form, admin, fields))
    shown = await until(lambda: admin.newest_with("Add this rule"))
    await admin.press(shown, "Add this rule")
    words = f'no pilot site:"{site}" except hours:08:00-18:00 days:mon,tue,wed,thu,fri'
    await admin.reads("holds from now on: No Pilot sessions for site")
    (rule,) = await rules_named(bot, words)
    await expect_answer(admin, f"Rule {rule.number} no longer holds", partial(remove_rule, admin))
    assert await rules(bot) == []


async def test_a_limit_without_a_number_in_the_form_is_explained(admin: ChatUser) -> None:
    await admin.type("admin policy form")
    await send_form(admin, {"demand": "at most per technician"})
    await admin.reads("Type how many sessions may be open at once.")


async def send_form(user: ChatUser, fields: dict[str, str]) -> None:
    """Fill in the form for a new rule, and send it."""
    if isinstance(user, InTeams):
        form: Any = await until(lambda: user.newest_with("Try it"))
        await user.teams.press(form, "Try it", fields)
        return
    slack, person = user.environment.slack, user.technician.user
    modal = await until(lambda: slack.current_modal(person))
    outcome = await slack.submit_modal(person, modal.id, fields)
    assert outcome.status == 200


async def remove_rule(user: ChatUser) -> None:
    """Press the button of the newest list of rules, and confirm."""
    label = "Remove it" if isinstance(user, InTeams) else "Remove"
    await user.press(await until(lambda: user.newest_with(label)), label)


async def test_a_session_without_a_mail_does_not_stay_open_where_a_rule_demands_one(
    admin: ChatUser, site: str
) -> None:
    """Neither ServiceDesk Plus nor the mail server sends it. The technician reads the rule."""
    await admin.ask(f'admin policy add mail site:"{site}"', "holds from now on")
    number = admin.slack_user.new_request(site=site)
    await admin.type(f"create {number}")
    await until(lambda: admin.card(number, "Waiting for"))
    await admin.type(f"end {number}")
    await until(lambda: admin.card(number, "Ended by"))
    environment = admin.environment
    environment.servicedesk.refuse_replies = True
    for _mail in ("the requester’s", "the technician’s"):
        environment.mailbox.refuse_next(550, "No such user", at="rcpt")
    refused = admin.slack_user.new_request(site=site)
    await admin.type(f"create {refused}")
    await admin.reads(f"The session for request #{refused} is being ended: no e-mail")
    await until(lambda: admin.card(refused, "Ended by tvbot"))
    nobody = admin.slack_user.new_request(site=site, requester_email=None)
    await admin.type(f"create {nobody}")
    await admin.reads(
        f"No session was created for request #{nobody}. The request shows no e-mail address. Rule"
    )
    assert admin.slack_user.sessions(nobody) == []


async def test_only_sdadmins_see_and_change_rules(connected: ChatUser, bot: RunningBot) -> None:
    for words in (
        "policy",
        "policy form",
        "policy add no sessions",
        "policy try no pilot",
        "policy remove 1",
    ):
        await connected.ask(f"admin {words}", "That is for SDAdmins")
    assert await rules(bot) == []


@pytest.mark.parametrize("chat", [InSlack], indirect=True, ids=["slack"])
async def test_rules_and_refusals_are_in_the_persons_language(
    admin: ChatUser, bot: RunningBot, site: str
) -> None:
    admin.environment.slack.state.users[admin.technician.user].locale = "fr-FR"
    await admin.ask(f'admin policy add no pilot site:"{site}"', "s’applique dès maintenant")
    number = admin.slack_user.new_request(site=site)
    await admin.type(f"pilot {number}")
    await admin.reads("ne le permet pas")
    assert "Aucune session Pilot pour le site" in admin.seen()
    assert len(await rules(bot)) == 1
