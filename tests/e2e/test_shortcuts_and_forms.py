"""Shortcuts and forms in Slack: nobody outside is asked before it is known who asks, and no press goes without a word."""

import json

import pytest
from support.bot import RunningBot
from support.desk import Desk, card_of, until
from support.interacting import press_as_is
from support.reading import labels

from bot.model.ids import Email
from sandbox.faults import Fault


def link_to(desk: Desk, number: str) -> str:
    """The address of a request in ServiceDesk Plus."""
    request_id = desk.town.servicedesk.requests[number].id
    return f"{desk.town.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"


async def take(desk: Desk, text: str, user: str) -> None:
    """Take the shortcut on a message that says this."""
    message = desk.town.slack.post_message(user, desk.channel, text)
    assert (await desk.town.slack.use_message_shortcut(user, message, "tv_create_from_message")).status == 200


async def test_a_link_is_looked_up_for_technicians_alone(desk: Desk) -> None:
    """Whoever is none is told so, and ServiceDesk Plus is not asked for the request."""
    guest = desk.new_colleague(is_restricted=True)
    await desk.type("status", by=guest)
    await until(lambda: "Guests" in desk.seen(guest))
    before = len(desk.town.servicedesk.calls)
    await take(desk, f"See <{link_to(desk, desk.new_request())}>", guest.user)
    await until(lambda: desk.seen(guest).count("Guests") == 2)
    assert len(desk.town.servicedesk.calls) == before


async def test_a_link_is_not_looked_up_while_the_integration_is_off(desk: Desk, bot: RunningBot) -> None:
    """The shortcut says that it is off; nothing reached ServiceDesk Plus."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(desk.technician.email))
    await desk.authorize()
    await desk.type("admin disable")
    try:
        before = len(desk.town.servicedesk.calls)
        told = desk.seen().count("is switched off. Ask your SDAdmin")
        await take(desk, f"See <{link_to(desk, desk.new_request())}>", desk.technician.user)
        await until(lambda: desk.seen().count("is switched off. Ask your SDAdmin") > told)
        assert len(desk.town.servicedesk.calls) == before
    finally:
        await desk.type("admin enable")


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.HTML])
async def test_a_link_that_cannot_be_looked_up_leaves_the_number_in_the_text(
    desk: Desk, fault: Fault
) -> None:
    """ServiceDesk Plus is away for the link; the number beside it fills the form in all the same."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.servicedesk.faults.plan("requests.get", fault)
    await take(desk, f"See <{link_to(desk, number)}>, it is #{number}", desk.technician.user)
    modal = await until(lambda: desk.town.slack.current_modal(desk.technician.user))
    assert f"#{number}" in json.dumps(modal.content)
    await desk.town.slack.close_modal(desk.technician.user, modal.id)


async def test_a_form_that_cannot_be_opened_comes_as_a_button(desk: Desk) -> None:
    """Slack's trigger is good for one try: whoever typed gets a button that opens the form with a new one."""
    await desk.authorize()
    desk.town.slack.faults.plan("views.open", Fault.SERVER_ERROR)
    await desk.type("create --note keep me")
    await until(lambda: "The form could not be opened" in desk.seen())
    missed = desk.town.slack.ephemerals(desk.technician.user, desk.channel)[-1]
    assert labels([missed]) == ["New session"]
    await desk.press(missed, "New session")
    modal = await until(lambda: desk.town.slack.current_modal(desk.technician.user))
    assert "keep me" in json.dumps(modal.content)
    await desk.town.slack.close_modal(desk.technician.user, modal.id)


async def test_a_button_of_an_older_bot_says_so(desk: Desk) -> None:
    """It is not known what it once did; who presses it learns that, and what to do."""
    action = {"action_id": "tv:gone:0", "value": '{"do":"gone"}'}
    assert (await press_as_is(desk.town.slack, desk.technician.user, desk.channel, action)).status == 200
    await until(lambda: "This button is too old" in desk.seen() and "/tv help" in desk.seen())


async def test_another_session_keeps_its_note(desk: Desk) -> None:
    """The note that was typed with a second ``create`` comes to stand on the session that its button creates."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number} --note first")
    await until(lambda: card_of(desk, number, "Waiting for"))
    offered = await desk.type(f"create {number} --note second")
    await desk.press(offered.ephemerals[-1], "Another session")
    await until(lambda: card_of(desk, number, "Note: second"))
    assert len(await until(lambda: desk.sessions(number)[1:] and desk.sessions(number))) == 2


async def test_a_note_reads_as_it_was_typed(desk: Desk) -> None:
    """Slack sends a command's words escaped, links and signs alike."""
    number = desk.new_request()
    await desk.authorize()
    await desk.type(f"create {number} --note R&amp;D, see <http://wiki.test|wiki.test> &lt;3")
    await until(lambda: card_of(desk, number, "Note: R&amp;D, see wiki.test &lt;3"))
    (note,) = await until(lambda: desk.town.servicedesk.notes(number))
    assert "Note: R&amp;D, see wiki.test &lt;3" in note.html


async def test_a_pilot_session_without_an_address_is_sent_again_by_sms(desk: Desk) -> None:
    """The request shows a phone number and no e-mail address: that is a way, too."""
    number = desk.new_request(requester_email="", mobile="+33612349876")
    await desk.authorize()
    await desk.type(f"pilot {number}")
    await until(lambda: card_of(desk, number, "SMS to Ann Lee: sent"))
    await desk.type(f"reinvite {number}")
    await until(lambda: "has the link again, by SMS" in desk.seen())


async def test_homes_of_strangers_do_not_ask_for_the_technicians(desk: Desk) -> None:
    """Anybody may open their home as often as they like: the list of technicians that is kept does for that."""
    await desk.authorize()
    stranger = desk.new_colleague()
    slack, before = desk.town.slack, desk.town.servicedesk.count_calls("technicians.list")
    for _time in range(3):
        published = slack.count_calls("views.publish")
        await slack.send_event("app_home_opened", user=stranger.user, tab="home")
        await until(lambda published: slack.count_calls("views.publish") > published, published)
    assert desk.town.servicedesk.count_calls("technicians.list") == before
    await desk.type("status", by=stranger)
    await until(lambda: desk.town.servicedesk.count_calls("technicians.list") > before)
