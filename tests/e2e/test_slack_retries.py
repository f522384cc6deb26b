"""Slack's own awkward moments: it limits and refuses calls, and delivers commands again."""

import json

import pytest
from support.desk import Desk, card_of, until

from sandbox.faults import Fault
from sandbox.slack import SlackSandbox


async def test_reinvite_is_sent_once_while_slack_refuses_the_answer(desk: Desk, quick_retries: None) -> None:
    """The bot looks up the sender first, and Slack refuses its answer three times. One more mail goes out, not four."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "E-mail to Ann Lee: sent"))
    colleague = desk.new_technician()
    for operation in ("response_url", "chat.postEphemeral", "conversations.open"):
        desk.town.slack.faults.plan(operation, Fault.SERVER_ERROR, times=2)
    await desk.type(f"reinvite {number}", by=colleague)
    await until(lambda: "has the link again" in desk.seen(colleague))
    assert len(desk.town.mailbox.messages_to(f"ann{number}@example.test")) == 2


async def test_home_is_published_later_when_slack_limits_the_rate(desk: Desk) -> None:
    """Slack limits how often homes are published. The last change is not lost."""
    slack, user, number = desk.town.slack, desk.technician.user, desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "E-mail to Tom Ray: sent"))
    await slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: f"#{number}" in _home(slack, user))
    slack.faults.plan("views.publish", Fault.RATE_LIMIT, times=3)
    await desk.type(f"end {number}")
    await until(lambda: "Ended by Tom Ray" in _home(slack, user))
    assert ("views.publish", Fault.RATE_LIMIT) in slack.faults.injected


@pytest.mark.parametrize("words", ["help", "status", "list", "history"])
async def test_repeated_delivery_gets_the_same_answer(desk: Desk, words: str) -> None:
    """The key of the delivery is known already, so its stored answer is sent."""
    await desk.authorize()
    first = await desk.type(words, trigger_id=f"9.9.{words}.{desk.channel}")
    again = await desk.type(words, trigger_id=f"9.9.{words}.{desk.channel}")
    assert first.body == again.body


def _home(slack: SlackSandbox, user: str) -> str:
    view = slack.home_tab(user)
    return json.dumps(view.content) if view else ""
