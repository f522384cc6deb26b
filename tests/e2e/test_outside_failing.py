"""Faults of outside systems during ``create``: reported, retried where that helps, and nothing is done twice."""

from typing import Literal

import pytest
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.slack_user import SlackUser, card_of, until

from sandbox.faults import Fault

PASSING = [
    ("teamviewer", "sessions.create", Fault.SLOW),
    ("teamviewer", "sessions.create", Fault.RATE_LIMIT),
    ("teamviewer", "sessions.create", Fault.SERVER_ERROR),
    ("teamviewer", "sessions.create", Fault.DROP),
    ("teamviewer", "sessions.create", Fault.DROP_AFTER_COMMIT),
    ("teamviewer", "sessions.create", Fault.HTML),
    ("servicedesk", "requests.list", Fault.SERVER_ERROR),
    ("servicedesk", "requests.get", Fault.DROP),
    ("servicedesk", "requests.list", Fault.HTML),
    ("servicedesk", "notifications.add", Fault.SLOW),
    ("servicedesk", "notifications.add", Fault.SERVER_ERROR),
    ("servicedesk", "notifications.add", Fault.DROP),
    ("servicedesk", "notifications.add", Fault.DROP_AFTER_COMMIT),
    ("servicedesk", "notifications.add", Fault.HTML),
    ("servicedesk", "notes.add", Fault.SERVER_ERROR),
    ("servicedesk", "notes.add", Fault.DROP_AFTER_COMMIT),
]
SLACK_PASSING = [
    ("slack", "chat.postMessage", Fault.RATE_LIMIT),
    ("slack", "chat.postMessage", Fault.DROP_AFTER_COMMIT),
    ("slack", "response_url", Fault.SERVER_ERROR),
]


@pytest.mark.parametrize(("system", "operation", "fault"), PASSING, ids=str)
async def test_passing_fault_is_retried_and_nothing_is_done_twice(
    connected: ChatUser, system: str, operation: str, fault: Fault, quick_retries: None
) -> None:
    """One TeamViewer session, one mail and one note, whichever call or answer was lost."""
    number = connected.slack_user.new_request()
    faults = getattr(connected.environment, system).faults
    faults.plan(operation, fault, seconds=1)
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, "E-mail to Ann Lee: sent"))
    await until(lambda: connected.environment.servicedesk.notes(number))
    assert (operation, fault) in faults.injected
    _assert_done_once(connected.slack_user, number)
    await connected.reads(connected.ready_text)


@pytest.mark.usefixtures("bot", "quick_retries")
@pytest.mark.parametrize(("system", "operation", "fault"), SLACK_PASSING, ids=str)
async def test_passing_fault_of_slack_is_retried_and_nothing_is_done_twice(
    slack_user: SlackUser, system: str, operation: str, fault: Fault
) -> None:
    """Slack refuses a card, an update or an answer once, or its answer to a card is lost."""
    number = slack_user.new_request()
    await slack_user.authorize()
    faults = getattr(slack_user.environment, system).faults
    faults.plan(operation, fault, seconds=1)
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "E-mail to Ann Lee: sent"))
    await until(lambda: slack_user.environment.servicedesk.notes(number))
    await until(lambda: "is ready" in slack_user.seen())
    assert (operation, fault) in faults.injected
    _assert_done_once(slack_user, number)
    assert InSlack(slack_user).count_cards(number) == 1


@pytest.mark.usefixtures("bot", "quick_retries")
async def test_update_that_slack_refuses_once_is_retried(slack_user: SlackUser) -> None:
    """The card shows the end, and there is no second one."""
    await slack_user.authorize()
    user = InSlack(slack_user)
    number, _session = await user.create()
    faults = slack_user.environment.slack.faults
    faults.plan("chat.update", Fault.SERVER_ERROR)
    await user.type(f"end {number}")
    await until(lambda: card_of(slack_user, number, "Ended by"))
    assert ("chat.update", Fault.SERVER_ERROR) in faults.injected
    assert user.count_cards(number) == 1


def _assert_done_once(slack_user: SlackUser, number: str) -> None:
    assert len(slack_user.sessions(number)) == 1
    assert len(slack_user.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(slack_user.environment.servicedesk.notes(number)) == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault.SERVER_ERROR, "has not confirmed it yet. Checking whether it exists before trying again."),
        (Fault.RATE_LIMIT, "The bot tries again after "),
    ],
    ids=str,
)
async def test_card_says_that_create_is_retried_while_teamviewer_is_down(
    connected: ChatUser, fault: Fault, problem: str, quick_retries: None
) -> None:
    """It says so for as long as TeamViewer is down. Then it shows that the session is there."""
    number = connected.slack_user.new_request()
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.create", fault, times=None)
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, problem))
    faults.clear()
    card = await until(lambda: connected.card(number, "Waiting for"))
    assert problem not in connected.text(card)
    assert len(connected.slack_user.sessions(number)) == 1


@pytest.mark.long
async def test_create_fails_with_a_reason_and_a_retry_button_when_teamviewer_stays_down(
    connected: ChatUser, quick_retries: None
) -> None:
    """After the last try the card offers another one, which works once TeamViewer is back."""
    number = connected.slack_user.new_request()
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.create", Fault.DROP, times=None)
    faults.plan("sessions.list", Fault.DROP, times=None)
    await connected.type(f"create {number}")
    card = await until(lambda: connected.card(number, "Could not be created"), timeout=40)
    assert connected.slack_user.sessions(number) == []
    faults.clear()
    await connected.press(card, "Try again")
    await until(lambda: connected.card(number, "Waiting for"))
    assert len(connected.slack_user.sessions(number)) == 1


async def test_reply_refused_by_the_portal_is_sent_by_mail_and_noted(connected: ChatUser) -> None:
    """The requester gets the link all the same, and the request records it."""
    number = connected.slack_user.new_request()
    connected.environment.servicedesk.refuse_replies = True
    await connected.type(f"create {number}")
    mailbox, servicedesk = connected.environment.mailbox, connected.environment.servicedesk
    (letter,) = await until(lambda: mailbox.messages_to(f"ann{number}@example.test"))
    (note,) = await until(lambda: servicedesk.notes(number))
    assert letter.via == "smtp"
    assert "E-mail to Ann Lee: sent" in note.html


async def test_sms_with_an_unknown_outcome_is_sent_again_only_by_its_button(connected: ChatUser) -> None:
    """The card says that it is not sure. A technician may send it again."""
    number = connected.slack_user.new_request()
    mobile = f"+33612{int(number):06}"
    requester = connected.environment.servicedesk.requests[number].requester
    assert requester is not None
    requester.mobile = mobile
    connected.environment.sms.faults.plan("sms.send", Fault.DROP_AFTER_COMMIT)
    await connected.type(f"pilot {number}")
    card = await until(lambda: connected.card(number, "not sure it was sent"))
    assert len([one for one in connected.environment.sms.messages if one.to == mobile]) == 1
    await connected.press(card, "Resend SMS")
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted by the SMS gateway"))


async def test_licence_limit_of_teamviewer_is_explained_and_not_retried(connected: ChatUser) -> None:
    """The technician reads TeamViewer's reason as a sentence."""
    number = connected.slack_user.new_request()
    connected.environment.teamviewer.options.max_open_sessions = 0
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, "Could not be created"))
    assert "licen" in connected.seen().lower()
    assert connected.slack_user.sessions(number) == []


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(
    ("words", "lacking", "advice"),
    [
        ("pilot", "pilot_licensed", "does not include Pilot sessions (Assist AR)"),
        ("create", "tensor_licensed", "TeamViewer Tensor with Enterprise Integrations"),
    ],
)
async def test_missing_licence_is_named_on_the_card(
    connected: ChatUser, words: str, lacking: str, advice: str, status: Literal[400, 500]
) -> None:
    """With whom to ask. TeamViewer's own words are not shown, and nothing is tried again."""
    options = connected.environment.teamviewer.options
    options.licence_status = status
    setattr(options, lacking, False)
    number = connected.slack_user.new_request()
    asked = connected.environment.teamviewer.count_calls("sessions.create")
    await connected.type(f"{words} {number}")
    await until(lambda: connected.card(number, "Could not be created"))
    await connected.reads(advice)
    assert "license found for the connected account" not in connected.ever_seen()
    assert connected.environment.teamviewer.count_calls("sessions.create") == asked + 1


async def test_command_delivered_fifty_times_creates_one_session(connected: ChatUser) -> None:
    """Both chats deliver again what they hold for lost. There is one session, one mail, one note and one card."""
    number = connected.slack_user.new_request()
    await connected.type_repeatedly(f"create {number}", times=50)
    await until(lambda: connected.card(number, "Waiting for"))
    await until(lambda: connected.environment.servicedesk.notes(number))
    _assert_done_once(connected.slack_user, number)
    assert connected.count_cards(number) == 1
