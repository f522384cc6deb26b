"""A rule holds for every way to create a session, in the chat in which it was added and in the other one.

All tests share one bot, so each rule is about a technician of its own.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.colleague import new_colleague
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import until

NOT_ALLOWED = "does not allow this"


@pytest.fixture(autouse=True)
async def rules_are_removed(bot: RunningBot) -> AsyncIterator[None]:
    """Remove every rule after the test: the other tests know of none."""
    yield
    async with bot.unit_of_work.write() as tx:
        for one in await tx.policy.rules():
            await tx.policy.remove(one.number)


def in_other_chat(user: ChatUser) -> ChatUser:
    """Return the same person in the other chat."""
    return InTeams(user.slack_user) if isinstance(user, InSlack) else InSlack(user.slack_user)


async def forbid_sessions_by(admin: ChatUser, technician: str, *, saying: str = "holds from now on") -> None:
    """Add a rule by which a technician may create no sessions."""
    await admin.ask(f"admin policy add no sessions technician:{technician}", saying)


async def test_rule_from_one_chat_refuses_every_word_in_the_other(admin: ChatUser) -> None:
    await forbid_sessions_by(admin, admin.technician.email)
    elsewhere = in_other_chat(admin)
    first, second = admin.slack_user.new_request(), admin.slack_user.new_request()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    for words in (
        f"create {first}",
        f"pilot {first}",
        f"create {first} {second}",
        f'create {first} --at "{tomorrow} 12:00"',
        f"outage {first} {second}",
    ):
        await elsewhere.ask(words, NOT_ALLOWED)
    assert "Ask an SDAdmin: " in elsewhere.seen()
    assert admin.slack_user.sessions(first) + admin.slack_user.sessions(second) == []
    for number in (first, second):
        assert admin.environment.mailbox.messages_to(f"ann{number}@example.test") == []


async def test_rule_refuses_what_is_sent_by_the_form(admin: ChatUser) -> None:
    await forbid_sessions_by(admin, admin.technician.email)
    number = admin.slack_user.new_request()
    await expect_answer(admin, NOT_ALLOWED, partial(send_form, admin, number))
    assert admin.slack_user.sessions(number) == []


async def send_form(user: ChatUser, number: str) -> None:
    """Open the form, choose a request, and send it. A form that is refused may stay open."""
    await user.type("create")
    if isinstance(user, InTeams):
        form: Any = await until(lambda: user.newest_with("Create"))
        await user.environment.teams.search_choices(user.technician.teams, form, number, "requests")
        await user.teams.press(form, "Create", {"request": number})
        return
    slack, person = user.environment.slack, user.technician.user
    modal = await until(lambda: slack.current_modal(person))
    await slack.search_options(person, "tv:request", "request", number)
    outcome = await slack.submit_modal(person, modal.id, {"request": number})
    assert outcome.status == 200


async def test_rule_refuses_the_renewal_of_an_open_session(admin: ChatUser) -> None:
    number, session = await admin.create()
    await forbid_sessions_by(admin, admin.technician.email)
    elsewhere = in_other_chat(admin)
    await elsewhere.type(f"renew {number}")
    await elsewhere.reads(NOT_ALLOWED)
    assert admin.slack_user.sessions(number) == [session]
    assert session.state == "open"


@pytest.mark.parametrize("colleagues_chat", [InSlack, InTeams], ids=["to slack", "to teams"])
async def test_rule_about_a_colleague_refuses_that_they_get_a_session(
    admin: ChatUser, colleagues_chat: Any
) -> None:
    """The SDAdmin who moves it reads the rule, in whichever chat the colleague is."""
    colleague = await new_colleague(admin, colleagues_chat)
    number, session = await admin.create()
    await forbid_sessions_by(admin, colleague.technician.email)
    await admin.type(f"transfer {number} {colleague.technician.email}")
    await admin.reads(NOT_ALLOWED)
    assert admin.slack_user.sessions(number) == [session]
    assert session.supporter_token not in colleague.ever_seen()


async def test_planned_session_is_refused_at_its_time_by_a_rule_of_the_other_chat(
    admin: ChatUser, bot: RunningBot
) -> None:
    number = admin.slack_user.new_request()
    await admin.type(f"create {number} --at {(datetime.now(UTC) + timedelta(days=2)):%Y-%m-%dT%H:%MZ}")
    await until(lambda: admin.card(number, "planned for"))
    await forbid_sessions_by(in_other_chat(admin), admin.technician.email)
    await admin.ask(f"start {number}", NOT_ALLOWED)
    assert admin.slack_user.sessions(number) == []


async def test_rules_and_refusals_are_in_french(admin: ChatUser) -> None:
    """In the chat of a person who speaks French: the rule, the refusal, and whom to ask."""
    person = admin.technician
    admin.environment.slack.state.users[person.user].locale = "fr-FR"
    person.teams.locale = "fr-FR"
    await forbid_sessions_by(admin, person.email, saying="s’applique dès maintenant")
    number = admin.slack_user.new_request()
    await admin.ask(f"create {number}", "ne le permet pas")
    seen = admin.seen().replace("\u00a0", " ")
    assert "ne le permet pas : Aucune session" in seen
    assert "Adressez-vous à un SDAdmin : " in seen
