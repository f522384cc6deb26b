"""A session is renewed: a new TeamViewer session under the same card, and everything leads to it."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.later import expires_in
from support.slack_user import until

from bot.model.ids import Email, RequestNumber
from bot.model.session import Session
from sandbox.faults import Fault

MOBILE = "+33612345678"


async def kept_session(bot: RunningBot, number: str) -> Session:
    """Return the one session that the bot stores for a request."""
    async with bot.unit_of_work.read() as tx:
        (kept,) = await tx.sessions.history(number=RequestNumber(number), limit=9)
    return kept


async def read_page(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
        return answer.status, await answer.text()


async def renew(user: ChatUser, number: str, words: str = "") -> tuple[Any, Any]:
    """Renew the session of a request. Return TeamViewer's session before and the new one, once the first is closed."""
    await user.type(words or f"renew {number}")
    await user.reads(f"The session for request #{number} is renewed: its links work until")
    before, new = user.slack_user.sessions(number)[-2:]
    await until(lambda: before.state == "closed")
    await until(lambda: user.card(number, new.code))
    return before, new


async def test_new_session_takes_over_card_page_and_links(connected: ChatUser, bot: RunningBot) -> None:
    number, first = await connected.create()
    mailbox, servicedesk = connected.environment.mailbox, connected.environment.servicedesk
    kept = await kept_session(bot, number)
    page = bot.services.installation.join_page(kept.join_token)
    async with bot.unit_of_work.read() as tx:
        cards = await tx.cards.of_session(kept.id)
    before, new = await renew(connected, number)
    assert before is first
    assert new.state == "open"
    assert new.valid_until - new.created_at == pytest.approx(timedelta(hours=24), abs=timedelta(minutes=1))
    async with bot.unit_of_work.read() as tx:
        assert await tx.cards.of_session((await kept_session(bot, number)).id) == cards

    status, text = await read_page(page)
    assert status == 200
    assert new.end_customer_link in text
    assert first.end_customer_link not in text
    await until(lambda: connected.card(number, "Waiting for"))
    assert await connected.enter_link(number) == new.supporter_link
    await connected.ask(f"link {number}", "")
    await connected.reads(new.end_customer_link)

    to_requester = await until(
        lambda: (
            len(mailbox.messages_to(f"ann{number}@example.test")) == 2
            and mailbox.messages_to(f"ann{number}@example.test")
        )
    )
    assert new.end_customer_link in to_requester[-1].html
    assert "The session was renewed." in to_requester[-1].html
    await until(
        lambda: any(new.supporter_link in one.text for one in mailbox.messages_to(connected.technician.email))
    )
    note = await until(
        lambda: next((one for one in servicedesk.notes(number) if "was renewed by" in one.html), None)
    )
    assert f"Session {first.code} was renewed by Tom Ray. Its new code is {new.code}." in note.html
    assert [entry.type for entry in servicedesk.conversation(number)].count("REQREPLY") == 2
    for secret in (new.supporter_link, first.supporter_link):
        assert secret not in connected.channel_text()


async def test_button_of_the_reminder_renews_the_session(connected: ChatUser, bot: RunningBot) -> None:
    """An hour before the new end, the next reminder comes."""
    number, first = await connected.create()
    reminder = f"Your session for request #{number} is still open"
    await expires_in(bot, number, minutes=30)
    await connected.reads(reminder)
    message = await until(lambda: connected.newest_with("Renew"))
    assert {"Renew", "End"} <= set(connected.labels(message))
    await connected.press(message, "Renew")
    await connected.reads(f"The session for request #{number} is renewed")
    await until(lambda: first.state == "closed")
    _first, second = connected.slack_user.sessions(number)
    before = connected.seen().count(reminder)
    await expires_in(bot, number, minutes=30)
    await until(lambda: connected.seen().count(reminder) > before)
    await expires_in(bot, number, seconds=-1)
    await until(lambda: connected.card(number, "Expired"))
    await until(lambda: second.state == "closed")
    assert len(connected.slack_user.sessions(number)) == 2


async def test_session_in_use_is_not_renewed_until_the_requester_has_left(connected: ChatUser) -> None:
    """The connections of both TeamViewer sessions are on the record of the one session."""
    number, first = await connected.create()
    teamviewer = connected.environment.teamviewer
    teamviewer.options.running_reported = True
    teamviewer.connect_session(first.code, "LAPTOP-ONE")
    await until(lambda: connected.card(number, "Connected with"))
    await connected.ask(
        f"renew {number}", f"is there, so the session for request #{number} is not renewed now"
    )
    assert connected.slack_user.sessions(number) == [first]
    teamviewer.leave_session(first.code)
    await until(lambda: connected.card(number, "Waiting again"))
    _first, second = await renew(connected, number)
    teamviewer.connect_session(second.code, "LAPTOP-TWO")
    await until(lambda: connected.card(number, "Connected with"))
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by Tom Ray"))

    def record() -> str:
        notes = connected.environment.servicedesk.notes(number)
        return next((one.html for one in notes if "is over." in one.html), "")

    await until(lambda: "LAPTOP-ONE" in record() and "LAPTOP-TWO" in record())
    assert f"Earlier session codes: {first.code}" in record()


async def test_requester_who_comes_at_the_last_moment_keeps_their_session(connected: ChatUser) -> None:
    """No round has noticed them yet: TeamViewer is asked before anything is created."""
    number, first = await connected.create()
    teamviewer = connected.environment.teamviewer
    teamviewer.faults.plan("sessions.list", Fault.SERVER_ERROR, times=None)
    teamviewer.join_session(first.code)
    await connected.type(f"renew {number}")
    await connected.reads(f"The session for request #{number} could not be renewed. Ann Lee is there")
    assert connected.slack_user.sessions(number) == [first]
    assert first.state == "open"


async def test_code_from_before_still_names_the_session(connected: ChatUser) -> None:
    number, first = await connected.create()
    _first, second = await renew(connected, number, f"renew {first.code}")
    await connected.type(f"end {first.code}")
    await until(lambda: connected.card(number, "Ended by Tom Ray"))
    assert (first.state, second.state) == ("closed", "closed")


async def test_technician_and_sdadmin_renew_and_nobody_else(connected: ChatUser, bot: RunningBot) -> None:
    """The new way in goes to the session's technician, no matter who renews it."""
    number, _first = await connected.create()
    colleague = connected.new_technician()
    await connected.ask(f"renew {number}", "This session belongs to Tom Ray", by=colleague)
    assert len(connected.slack_user.sessions(number)) == 1
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(colleague.email))
    await connected.type(f"renew {number}", by=colleague)
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)
    await connected.reads(f"The session for request #{number} is renewed", by=colleague)
    _first, second = connected.slack_user.sessions(number)
    await until(lambda: connected.card(number, second.code))
    assert await connected.enter_link(number) == second.supporter_link
    assert second.supporter_link not in connected.ever_seen(colleague)
    async with bot.unit_of_work.write() as tx:
        await tx.people.revoke_admin(Email(colleague.email))


@pytest.mark.long
async def test_renewed_twice_at_once_makes_one_new_session(connected: ChatUser) -> None:
    number, _first = await connected.create()
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.create", Fault.SERVER_ERROR, times=None)
    await connected.type(f"renew {number}")
    await connected.ask(f"renew {number}", f"The session for request #{number} is being renewed already.")
    faults.clear()
    await connected.reads(f"The session for request #{number} is renewed")
    await connected.ask(f"renew {number}", f"The session for request #{number} was renewed before.")
    assert len(connected.slack_user.sessions(number)) == 2
    mailbox = connected.environment.mailbox
    await until(lambda: len(mailbox.messages_to(f"ann{number}@example.test")) == 2)


@pytest.mark.long
async def test_end_while_it_is_renewed_ends_the_session(connected: ChatUser, bot: RunningBot) -> None:
    """TeamViewer created the new session without an answer. Nobody was given it, and it is closed too."""
    number, _first = await connected.create()
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.create", Fault.DROP_AFTER_COMMIT)
    faults.plan("sessions.list", Fault.SERVER_ERROR, times=None)
    await connected.type(f"renew {number}")
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by Tom Ray"))
    faults.clear()
    await connected.reads(f"The session for request #{number} could not be renewed.")
    async with bot.unit_of_work.write() as tx:
        for renewal in await tx.renewals.due_to_close(bot.services.clock() + timedelta(days=1)):
            await tx.renewals.set_close_after(renewal.id, bot.services.clock())
    await until(lambda: {one.state for one in connected.slack_user.sessions(number)} == {"closed"})
    assert len(connected.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1


async def test_refusal_leaves_the_session_as_it_is(connected: ChatUser) -> None:
    number, first = await connected.create()
    connected.environment.teamviewer.options.max_open_sessions = 1
    await connected.type(f"renew {number}")
    await connected.reads(f"The session for request #{number} could not be renewed.")
    await connected.reads("It stays open, and its links work until")
    assert first.state == "open"
    assert await connected.enter_link(number) == first.supporter_link


async def test_pilot_session_gets_no_second_sms(connected: ChatUser) -> None:
    """The first one leads to the page, which leads to the new session."""
    number, _first = await connected.create("pilot")
    sms = connected.environment.sms
    before = len(sms.messages_to(MOBILE))
    _first, second = await renew(connected, number)
    assert second.kind == "Pilot"
    mailbox = connected.environment.mailbox
    await until(lambda: len(mailbox.messages_to(f"ann{number}@example.test")) == 2)
    assert len(sms.messages_to(MOBILE)) == before


async def test_nothing_is_renewed_while_the_integration_is_off(admin: ChatUser) -> None:
    number, first = await admin.create()
    await admin.ask("admin disable", "integration is switched off")
    await admin.ask(f"renew {number}", "integration is switched off.")
    await admin.ask("admin enable", "Every technician can use it")
    assert admin.slack_user.sessions(number) == [first]


async def test_help_and_french_words_know_it(connected: ChatUser) -> None:
    number, _first = await connected.create()
    await connected.ask("help renew", "Renew your open session for another 24 hours")
    await connected.type(f"renouveler {number}")
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)


async def test_session_that_is_over_is_not_renewed(connected: ChatUser) -> None:
    number, session = await connected.create()
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by"))
    await connected.ask(f"renew {number}", f"No session is open for request #{number}.")
    assert connected.slack_user.sessions(number) == [session]
