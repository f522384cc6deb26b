"""The session and its messages come first. A place that fails delays no other, and is brought up to date when it can be."""

import asyncio
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from adapters.engine import claimer
from sandbox.faults import Fault, Faults

POSTS = {InSlack: "chat.postMessage", InTeams: "activities.send"}
"""The call that posts a message, by chat."""
UPDATES = {InSlack: "chat.update", InTeams: "activities.update"}


def faults_of(user: ChatUser) -> Faults:
    """Return the faults of the user's chat."""
    chat: Any = user.environment.slack if isinstance(user, InSlack) else user.environment.teams
    faults: Faults = chat.faults
    return faults


def new_pilot_request(user: ChatUser) -> tuple[str, str]:
    """Let a requester with a phone raise a request. Return its number and the phone's."""
    number = user.slack_user.new_request()
    mobile = f"+33612{int(number):06}"
    requester = user.environment.servicedesk.requests[number].requester
    assert requester is not None
    requester.mobile = mobile
    return number, mobile


def mails_to_technician(user: ChatUser, number: str) -> list[Any]:
    mails = user.environment.mailbox.messages_to(user.technician.email)
    return [mail for mail in mails if f"#{number}" in mail.subject]


async def everything_but_the_chat(user: ChatUser, number: str, mobile: str) -> None:
    """Wait until the session, both mails, the SMS and the note on the request are there."""
    environment = user.environment
    await until(lambda: user.slack_user.sessions(number))
    await until(lambda: environment.mailbox.messages_to(f"ann{number}@example.test"))
    await until(lambda: mails_to_technician(user, number))
    await until(lambda: [one for one in environment.sms.messages if one.to == mobile])
    await until(lambda: environment.servicedesk.notes(number))


def assert_done_once(user: ChatUser, number: str, mobile: str) -> None:
    assert len(user.slack_user.sessions(number)) == 1
    assert len(user.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(mails_to_technician(user, number)) == 1
    assert len([one for one in user.environment.sms.messages if one.to == mobile]) == 1
    assert len(user.environment.servicedesk.notes(number)) == 1
    assert user.count_cards(number) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RATE_LIMIT], ids=str)
async def test_session_mails_sms_and_note_do_not_wait_for_a_card_that_cannot_be_posted(
    connected: ChatUser, fault: Fault
) -> None:
    """The chat takes no message at all. The card is posted, once, when the chat takes it again."""
    number, mobile = new_pilot_request(connected)
    faults = faults_of(connected)
    faults.plan(POSTS[type(connected)], fault, times=None)
    await connected.type(f"pilot {number}")
    await everything_but_the_chat(connected, number, mobile)
    assert connected.card(number) is None
    faults.clear()
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted"))
    assert_done_once(connected, number, mobile)


async def test_session_does_not_wait_while_slack_reports_an_internal_error(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """Slack reports it in a proper response. It means as little as a server error."""
    user = InSlack(slack_user)
    await user.authorize()
    number, mobile = new_pilot_request(user)
    slack = user.environment.slack
    slack.reports_internal_errors = True
    try:
        slack.faults.plan("chat.postMessage", Fault.SERVER_ERROR, times=None)
        await user.type(f"pilot {number}")
        await everything_but_the_chat(user, number, mobile)
        assert user.card(number) is None
    finally:
        slack.faults.clear()
        slack.reports_internal_errors = False
    await until(lambda: user.card(number, "SMS to Ann Lee: accepted"))
    assert_done_once(user, number, mobile)


async def test_creator_gets_the_way_in_while_the_card_cannot_be_posted(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """In Slack the card in the channel and the creator's own message are two places."""
    user = InSlack(slack_user)
    await user.authorize()
    number, _mobile = new_pilot_request(user)
    user.environment.slack.faults.plan("chat.postMessage", Fault.SERVER_ERROR, times=None)
    await user.type(f"create {number}")
    await user.reads("is ready")
    assert user.card(number) is None
    assert user.slack_user.sessions(number)[0].supporter_link in user.private_text()


async def test_session_ends_while_no_card_can_be_updated(connected: ChatUser) -> None:
    """Its card shows the end when the chat takes it."""
    number, session = await connected.create()
    await until(lambda: connected.card(number, "E-mail to Tom Ray: sent"))
    faults = faults_of(connected)
    faults.plan(UPDATES[type(connected)], Fault.SERVER_ERROR, times=None)
    await connected.type(f"end {number}")
    await until(lambda: session.state == "closed")
    assert connected.card(number, "Ended by") is None
    faults.clear()
    await until(lambda: connected.card(number, "Ended by"))


async def test_card_does_not_wait_for_a_home_that_cannot_be_shown(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """The home shows the last change when Slack takes it."""
    user = InSlack(slack_user)
    await user.authorize()
    number, _session = await user.create()
    await user.open_home()
    user.environment.slack.faults.plan("views.publish", Fault.RATE_LIMIT, times=None)
    await user.type(f"end {number}")
    await until(lambda: user.card(number, "Ended by"))
    assert "Ended by" not in user.home()
    user.environment.slack.faults.clear()
    await until(lambda: "Ended by" in user.home())


async def test_mails_and_card_do_not_wait_for_a_slow_sms(connected: ChatUser) -> None:
    number, mobile = new_pilot_request(connected)
    connected.environment.sms.faults.plan("sms.send", Fault.SLOW, seconds=4)
    await connected.type(f"pilot {number}")
    mailed = "E-mail to Ann Lee: sent", "E-mail to Tom Ray: sent"
    await until(lambda: all(connected.card(number, words) for words in mailed))
    assert connected.card(number, "SMS to Ann Lee: to be sent")
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted"))
    await until(lambda: connected.environment.servicedesk.notes(number))
    assert_done_once(connected, number, mobile)


async def test_nothing_waits_for_a_note_that_servicedesk_does_not_take(
    connected: ChatUser, quick_retries: None
) -> None:
    number, mobile = new_pilot_request(connected)
    servicedesk = connected.environment.servicedesk
    servicedesk.faults.plan("notes.add", Fault.SERVER_ERROR, times=3)
    await connected.type(f"pilot {number}")
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted"))
    assert servicedesk.notes(number) == []
    await until(lambda: servicedesk.notes(number))
    assert_done_once(connected, number, mobile)


@pytest.fixture
def two_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot run two jobs of each part of its queue at once."""
    monkeypatch.setattr(claimer, "AT_ONCE", 2)


async def test_chat_that_hangs_delays_no_other_chat(slack_user: SlackUser, two_slots: None) -> None:
    """Slack holds every post up, and all slots for its cards are taken. Cards in Teams come as usual."""
    slack, teams = InSlack(slack_user), InTeams(slack_user)
    await slack.authorize()
    await teams.authorize()
    slow = [slack_user.new_request() for _number in range(4)]
    slack.environment.slack.faults.plan("chat.postMessage", Fault.SLOW, times=None, seconds=3)
    await asyncio.gather(*(slack.type(f"create {number}") for number in slow))
    number = slack_user.new_request()
    await teams.type(f"create {number}")
    await until(lambda: teams.card(number, "E-mail to Ann Lee: sent"))
    shown = [one for one in slow if slack.card(one)]
    assert len(shown) < len(slow), "Slack was no longer slow"
    slack.environment.slack.faults.clear()
    for one in slow:
        await until(lambda one=one: slack.card(one, "E-mail to Ann Lee: sent"))
