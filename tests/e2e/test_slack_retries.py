"""Slack's own awkward moments: it limits and refuses calls, and delivers commands again."""

import json

import pytest
from support.slack_user import SlackUser, card_of, until

from sandbox.faults import Fault
from sandbox.slack import SlackSandbox


async def test_reinvite_is_sent_once_while_slack_refuses_the_answer(
    slack_user: SlackUser, quick_retries: None
) -> None:
    """The bot looks up the sender first, and Slack refuses its answer three times. One more mail goes out, not four."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "E-mail to Ann Lee: sent"))
    colleague = slack_user.new_technician()
    for operation in ("response_url", "chat.postEphemeral", "conversations.open"):
        slack_user.environment.slack.faults.plan(operation, Fault.SERVER_ERROR, times=2)
    await slack_user.type(f"reinvite {number}", by=colleague)
    await until(lambda: "The link was sent to" in slack_user.seen(colleague))
    assert len(slack_user.environment.mailbox.messages_to(f"ann{number}@example.test")) == 2


@pytest.mark.long
async def test_home_is_published_later_when_slack_limits_the_rate(slack_user: SlackUser) -> None:
    """Slack limits how often homes are published. The last change is not lost."""
    slack, user, number = slack_user.environment.slack, slack_user.technician.user, slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "E-mail to Tom Ray: sent"))
    await slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: f"#{number}" in _home(slack, user))
    slack.faults.plan("views.publish", Fault.RATE_LIMIT, times=3)
    await slack_user.type(f"end {number}")
    await until(lambda: "Ended by Tom Ray" in _home(slack, user))
    assert ("views.publish", Fault.RATE_LIMIT) in slack.faults.injected


@pytest.mark.parametrize("words", ["help", "status", "list", "history"])
async def test_repeated_delivery_gets_the_same_answer(slack_user: SlackUser, words: str) -> None:
    """The key of the delivery is known already, so its stored answer is sent."""
    await slack_user.authorize()
    first = await slack_user.type(words, trigger_id=f"9.9.{words}.{slack_user.channel}")
    again = await slack_user.type(words, trigger_id=f"9.9.{words}.{slack_user.channel}")
    assert first.body == again.body


def _home(slack: SlackSandbox, user: str) -> str:
    view = slack.home_tab(user)
    return json.dumps(view.content) if view else ""
