"""Each fault of the outside in the middle of a create: told, retried where that helps, and nothing done twice."""

import pytest
from support.desk import Desk, card_of, until

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
    ("slack", "chat.update", Fault.SERVER_ERROR),
    ("slack", "chat.postMessage", Fault.RATE_LIMIT),
    ("slack", "response_url", Fault.SERVER_ERROR),
]


@pytest.mark.parametrize(("system", "operation", "fault"), PASSING, ids=str)
async def test_what_passes_is_retried_and_done_once(
    desk: Desk, system, operation, fault, quick_retries: None
) -> None:
    """One TeamViewer session, one mail, one note, whatever was lost on the way."""
    number = desk.new_request()
    await desk.authorize()
    faults = getattr(desk.town, system).faults
    faults.plan(operation, fault, seconds=1)
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "E-mail to Ann Lee: sent"))
    await until(lambda: desk.town.servicedesk.notes(number))
    assert (operation, fault) in faults.injected
    assert len(desk.sessions(number)) == 1
    assert len(desk.town.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(desk.town.servicedesk.notes(number)) == 1
    assert "is ready" in desk.seen()


async def test_the_technician_is_told_while_teamviewer_is_away(desk: Desk, quick_retries: None) -> None:
    """The card says what is in the way and that it is tried again; then it says that it worked."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.teamviewer.faults.plan("sessions.create", Fault.SERVER_ERROR, times=3)
    await desk.type(f"create {number}")
    await until(lambda: "rying again" in desk.seen() or "has not confirmed" in desk.seen())
    await until(lambda: card_of(desk, number, "Waiting for"))
    assert len(desk.sessions(number)) == 1


async def test_what_stays_away_ends_in_words_and_a_button(desk: Desk, quick_retries: None) -> None:
    """After the last try the session is shown as failed, with the reason and a way to try again, which works."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.teamviewer.faults.plan("sessions.create", Fault.DROP, times=None)
    desk.town.teamviewer.faults.plan("sessions.list", Fault.DROP, times=None)
    await desk.type(f"create {number}")
    card = await until(lambda: card_of(desk, number, "Could not be created"), timeout=40)
    assert desk.sessions(number) == []
    desk.town.teamviewer.faults.clear()
    await desk.press(card, "Try again")
    await until(lambda: card_of(desk, number, "Waiting for"))
    assert len(desk.sessions(number)) == 1


async def test_a_refused_reply_goes_out_as_a_mail_and_is_noted(desk: Desk) -> None:
    """Where the portal refuses replies, the requester still gets the link, and the request still records it."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.servicedesk.refuse_replies = True
    try:
        await desk.type(f"create {number}")
        (letter,) = await until(lambda: desk.town.mailbox.messages_to(f"ann{number}@example.test"))
        (note,) = await until(lambda: desk.town.servicedesk.notes(number))
    finally:
        desk.town.servicedesk.refuse_replies = False
    assert letter.via == "smtp"
    assert "E-mail to Ann Lee: sent" in note.html


async def test_an_sms_whose_fate_is_unknown_is_not_sent_twice_by_itself(desk: Desk) -> None:
    """The card says that it is not sure, and a technician may send it again."""
    number = desk.new_request(mobile="+33612000001")
    await desk.authorize()
    desk.town.sms.faults.plan("sms.send", Fault.DROP_AFTER_COMMIT)
    await desk.type(f"pilot {number}")
    card = await until(lambda: card_of(desk, number, "not sure it was sent"))
    sent = [one for one in desk.town.sms.messages if one.to == "+33612000001"]
    assert len(sent) == 1
    await desk.press(card, "Send the SMS again")
    await until(lambda: card_of(desk, number, "SMS to Ann Lee: sent"))


async def test_a_licence_limit_is_told_in_words(desk: Desk) -> None:
    """TeamViewer's refusal reaches the technician as a sentence, and is not retried."""
    number = desk.new_request()
    await desk.authorize()
    desk.town.teamviewer.options.max_open_sessions = 0
    try:
        await desk.type(f"create {number}")
        await until(lambda: card_of(desk, number, "Could not be created"))
    finally:
        desk.town.teamviewer.options.max_open_sessions = None
    assert "licen" in desk.seen().lower()
    assert desk.sessions(number) == []


async def test_fifty_deliveries_of_one_command_make_one_session(desk: Desk) -> None:
    """Slack may deliver a command again and again: the same answer, one session, one mail."""
    import asyncio

    number = desk.new_request()
    await desk.authorize()
    outcomes = await asyncio.gather(
        *(desk.type(f"create {number}", trigger_id=f"1.2.{number}") for _number in range(50))
    )
    assert len({outcome.body for outcome in outcomes}) == 1
    await until(lambda: desk.town.servicedesk.notes(number))
    assert len(desk.sessions(number)) == 1
    assert len(desk.town.mailbox.messages_to(f"ann{number}@example.test")) == 1
