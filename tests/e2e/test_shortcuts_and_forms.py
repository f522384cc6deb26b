"""Shortcuts and forms in Slack: nobody outside is asked before it is known who asks, and no press goes without a word."""

import json

import pytest
from support.bot import RunningBot
from support.interacting import press_as_is
from support.reading import labels
from support.slack_user import SlackUser, card_of, until

from bot.model.ids import Email
from sandbox.faults import Fault


def link_to(slack_user: SlackUser, number: str) -> str:
    """The address of a request in ServiceDesk Plus."""
    request_id = slack_user.environment.servicedesk.requests[number].id
    return f"{slack_user.environment.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"


async def take(slack_user: SlackUser, text: str, user: str) -> None:
    """Take the shortcut on a message that says this."""
    message = slack_user.environment.slack.post_message(user, slack_user.channel, text)
    assert (
        await slack_user.environment.slack.use_message_shortcut(user, message, "tv_create_from_message")
    ).status == 200


async def test_a_link_is_looked_up_for_technicians_alone(slack_user: SlackUser) -> None:
    """Somebody who is none reads so, and ServiceDesk Plus is not asked for the request."""
    guest = slack_user.new_colleague(is_restricted=True)
    await slack_user.type("status", by=guest)
    await until(lambda: "Guests" in slack_user.seen(guest))
    before = len(slack_user.environment.servicedesk.calls)
    await take(slack_user, f"See <{link_to(slack_user, slack_user.new_request())}>", guest.user)
    await until(lambda: slack_user.seen(guest).count("Guests") == 2)
    assert len(slack_user.environment.servicedesk.calls) == before


async def test_a_link_is_not_looked_up_while_the_integration_is_off(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """The shortcut says that it is off; nothing reached ServiceDesk Plus."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    await slack_user.authorize()
    await slack_user.answer_to("admin disable", "The integration is switched off")
    try:
        before = len(slack_user.environment.servicedesk.calls)
        told = slack_user.seen().count("TeamViewer integration is switched off.")
        await take(
            slack_user, f"See <{link_to(slack_user, slack_user.new_request())}>", slack_user.technician.user
        )
        await until(lambda: slack_user.seen().count("TeamViewer integration is switched off.") > told)
        assert len(slack_user.environment.servicedesk.calls) == before
    finally:
        await slack_user.answer_to("admin enable", "The integration is switched on")


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.HTML])
async def test_a_link_that_cannot_be_looked_up_leaves_the_number_in_the_text(
    slack_user: SlackUser, fault: Fault
) -> None:
    """ServiceDesk Plus is away for the link; the number beside it fills the form in all the same."""
    number = slack_user.new_request()
    await slack_user.authorize()
    slack_user.environment.servicedesk.faults.plan("requests.get", fault)
    await take(
        slack_user, f"See <{link_to(slack_user, number)}>, it is #{number}", slack_user.technician.user
    )
    modal = await until(lambda: slack_user.environment.slack.current_modal(slack_user.technician.user))
    assert f"#{number}" in json.dumps(modal.content)
    await slack_user.environment.slack.close_modal(slack_user.technician.user, modal.id)


async def test_a_form_that_cannot_be_opened_comes_as_a_button(slack_user: SlackUser) -> None:
    """Slack's trigger works once: the person who typed gets a button that opens the form with a new one."""
    await slack_user.authorize()
    slack_user.environment.slack.faults.plan("views.open", Fault.SERVER_ERROR)
    await slack_user.type("create --note keep me")
    await until(lambda: "The form could not be opened" in slack_user.seen())
    missed = slack_user.environment.slack.ephemerals(slack_user.technician.user, slack_user.channel)[-1]
    assert labels([missed]) == ["New session"]
    await slack_user.press(missed, "New session")
    modal = await until(lambda: slack_user.environment.slack.current_modal(slack_user.technician.user))
    assert "keep me" in json.dumps(modal.content)
    await slack_user.environment.slack.close_modal(slack_user.technician.user, modal.id)


async def test_a_button_of_an_older_bot_says_so(slack_user: SlackUser) -> None:
    """It is not known what it once did; who presses it learns that, and what to do."""
    action = {"action_id": "tv:gone:0", "value": '{"do":"gone"}'}
    assert (
        await press_as_is(
            slack_user.environment.slack, slack_user.technician.user, slack_user.channel, action
        )
    ).status == 200
    await until(lambda: "This button is too old" in slack_user.seen() and "/tv help" in slack_user.seen())


async def test_another_session_keeps_its_note(slack_user: SlackUser) -> None:
    """The note that was typed with a second ``create`` comes to stand on the session that its button creates."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number} --note first")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    offered = await slack_user.type(f"create {number} --note second")
    await slack_user.press(offered.ephemerals[-1], "Another session")
    await until(lambda: card_of(slack_user, number, "Note: second"))
    assert len(await until(lambda: slack_user.sessions(number)[1:] and slack_user.sessions(number))) == 2


async def test_a_note_reads_as_it_was_typed(slack_user: SlackUser) -> None:
    """Slack sends a command's words escaped, links and signs alike."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {number} --note R&amp;D, see <http://wiki.test|wiki.test> &lt;3")
    await until(lambda: card_of(slack_user, number, "Note: R&amp;D, see wiki.test &lt;3"))
    (note,) = await until(lambda: slack_user.environment.servicedesk.notes(number))
    assert "Note: R&amp;D, see wiki.test &lt;3" in note.html


async def test_a_pilot_session_without_an_address_is_sent_again_by_sms(slack_user: SlackUser) -> None:
    """The request shows a phone number and no e-mail address: that is a way, too."""
    number = slack_user.new_request(requester_email="", mobile="+33612349876")
    await slack_user.authorize()
    await slack_user.type(f"pilot {number}")
    await until(lambda: card_of(slack_user, number, "SMS to Ann Lee: accepted by the SMS gateway"))
    before = slack_user.seen().count("accepted by the SMS gateway")
    await slack_user.type(f"reinvite {number}")
    await until(lambda: slack_user.seen().count("accepted by the SMS gateway") > before)
    assert len(slack_user.environment.sms.messages_to("+33612349876")) == 2


async def test_homes_of_strangers_do_not_ask_for_the_technicians(slack_user: SlackUser) -> None:
    """Anybody may open their home as often as they like: the list of technicians that is kept does for that."""
    await slack_user.authorize()
    stranger = slack_user.new_colleague()
    slack, before = (
        slack_user.environment.slack,
        slack_user.environment.servicedesk.count_calls("technicians.list"),
    )
    for _time in range(3):
        published = slack.count_calls("views.publish")
        await slack.send_event("app_home_opened", user=stranger.user, tab="home")
        await until(lambda published: slack.count_calls("views.publish") > published, published)
    assert slack_user.environment.servicedesk.count_calls("technicians.list") == before
    await slack_user.type("status", by=stranger)
    await until(lambda: slack_user.environment.servicedesk.count_calls("technicians.list") > before)
