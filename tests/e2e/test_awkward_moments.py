"""What happens in the wrong moment: ended while being created, another account, an authorization that is lost."""

import json

import pytest
from support.desk import Desk, card_of, text_of, until
from support.reading import labels

from sandbox.faults import Fault


async def test_a_session_ended_while_being_created_invites_nobody(desk: Desk) -> None:
    """TeamViewer is slow; the technician ends it meanwhile. Nothing stays open, nobody is mailed, nothing is noted."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.teamviewer.faults.plan("sessions.create", Fault.SLOW, seconds=1)
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Being created"))
    await desk.type(f"end {number}")
    await until(lambda: card_of(desk, number, "Ended by"))
    await until(lambda: [one for one in desk.sessions(number) if one.state == "closed"])
    assert len(desk.sessions(number)) == 1
    assert desk.town.mailbox.messages_to(f"ann{number}@example.test") == []
    assert desk.town.servicedesk.notes(number) == []


async def test_another_account_does_not_end_what_is_open_in_the_first(desk: Desk) -> None:
    """A session lives in the account that it was created in: it is followed and ended there."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for"))
    desk.town.teamviewer.add_account(f"other-{number}@example.test", "Other Account")
    await desk.authorize(account=f"other-{number}@example.test")
    (session,) = desk.sessions(number)
    desk.town.teamviewer.join_session(session.code)
    await until(lambda: card_of(desk, number, "Connected with"))
    await desk.type(f"end {number}")
    await until(lambda: card_of(desk, number, "Ended by"))
    assert session.state == "closed"


async def test_a_lost_authorization_is_told_with_the_way_back(desk: Desk, quick_retries: None) -> None:
    """TeamViewer no longer knows the tokens: the technician gets a button, and ``status`` no longer says connected."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.teamviewer.revoke_tokens(desk.technician.email)
    await desk.type(f"create {number}")
    await until(lambda: "could not be created" in desk.seen())
    assert "Connect TeamViewer" in labels(
        [desk.town.slack.ephemerals(desk.technician.user, desk.channel)[-1]]
    )
    assert "not connected yet" in (await desk.type("status")).json["blocks"][0]["text"]["text"]
    await desk.authorize()
    await desk.press(card_of(desk, number), "Try again")
    await until(lambda: card_of(desk, number, "Waiting for"))


async def test_a_session_closed_at_teamviewer_is_seen_here(desk: Desk) -> None:
    """Also what ends elsewhere ends here."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting for"))
    (session,) = desk.sessions(number)
    desk.town.teamviewer.close_session(session.code)
    card = await until(lambda: card_of(desk, number, "Ended"))
    assert "Ended by" not in text_of(card)


async def test_a_reinvite_heard_while_slack_stumbles_is_sent_once(desk: Desk, quick_retries: None) -> None:
    """The bot had to look up who speaks, and Slack refused its answer three times: one more mail, not four."""
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


async def test_a_home_that_slack_is_too_busy_for_is_shown_later(desk: Desk) -> None:
    """Slack limits how often homes are published: the last change is not lost."""
    slack, user, number = desk.town.slack, desk.technician.user, desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "E-mail to Tom Ray: sent"))
    await slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: slack.home_tab(user) and f"#{number}" in json.dumps(slack.home_tab(user).content))
    slack.faults.plan("views.publish", Fault.RATE_LIMIT, times=3)
    await desk.type(f"end {number}")
    await until(lambda: "Ended by Tom Ray" in json.dumps(slack.home_tab(user).content))
    assert ("views.publish", Fault.RATE_LIMIT) in slack.faults.injected


async def test_several_sessions_are_followed_by_one_list_call_a_round(desk: Desk) -> None:
    """However many sessions an account has open."""
    numbers = [desk.new_request() for _number in range(5)]
    await desk.authorize()
    for number in numbers:
        await desk.type(f"create {number}")
    await until(lambda: all(card_of(desk, number, "Waiting for") for number in numbers))
    before = desk.town.teamviewer.count_calls("sessions.get")
    for number in numbers:
        desk.town.teamviewer.join_session(desk.sessions(number)[0].code)
    await until(lambda: all(card_of(desk, number, "Connected with") for number in numbers))
    assert desk.town.teamviewer.count_calls("sessions.get") == before


@pytest.mark.parametrize("words", ["help", "status", "list", "history"])
async def test_the_same_answer_comes_back_for_the_same_delivery(desk: Desk, words) -> None:
    """A key that was heard before answers with what the first one answered."""
    await desk.authorize()
    first = await desk.type(words, trigger_id=f"9.9.{words}.{desk.channel}")
    again = await desk.type(words, trigger_id=f"9.9.{words}.{desk.channel}")
    assert first.body == again.body
