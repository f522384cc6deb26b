"""An accepted end counts at once, before TeamViewer has confirmed it."""

from datetime import timedelta

import aiohttp
import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.slack_user import until

from bot.model.ids import Email, SessionCode
from sandbox.faults import Fault


async def join_page(bot: RunningBot, code: str) -> str:
    """Return the address of the join page of an open session."""
    async with bot.unit_of_work.read() as tx:
        (session,) = [
            one
            for one in await tx.sessions.open_page(after=None, limit=1000)
            if one.code == SessionCode(code)
        ]
    return bot.services.installation.join_page(session.join_token)


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
        return answer.status


async def test_create_right_after_end_makes_a_new_session(connected: ChatUser) -> None:
    """TeamViewer is slow to close the first one. Both commands are sent in a row."""
    number, first = await connected.create()
    connected.environment.teamviewer.faults.plan("sessions.update", Fault.SLOW, seconds=2)
    await connected.type(f"end {number}")
    await connected.type(f"create {number}")
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)
    assert first.state == "open", "TeamViewer had closed it already"
    await until(lambda: first.state == "closed")
    _first, second = connected.slack_user.sessions(number)
    await until(lambda: connected.card(number, "Waiting for"))
    assert second.state == "open"
    assert "You have a session open" not in connected.ever_seen()
    assert len(connected.environment.mailbox.messages_to(f"ann{number}@example.test")) == 2


async def test_commands_that_wait_for_their_sender_to_be_identified_keep_their_order(
    connected: ChatUser, bot: RunningBot
) -> None:
    """What is stored about the technician is old, so both commands wait, and the chat answers slowly."""
    number, first = await connected.create()
    # What is still under way may look the technician up again.
    await bot.settle()
    async with bot.unit_of_work.write() as tx:
        for profile in await tx.people.profiles_of(Email(connected.technician.email)):
            await tx.people.store_profile(profile, bot.services.clock() - timedelta(days=1))
    chat = connected.environment.slack if isinstance(connected, InSlack) else connected.environment.teams
    lookup = "users.info" if isinstance(connected, InSlack) else "members.get"
    chat.faults.plan(lookup, Fault.SLOW, seconds=1)
    await connected.type(f"end {number}")
    await connected.type(f"create {number}")
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)
    assert (lookup, Fault.SLOW) in chat.faults.injected
    await until(lambda: first.state == "closed")
    assert "You have a session open" not in connected.ever_seen()


async def test_session_that_is_being_ended_says_so_and_lets_nobody_in(
    connected: ChatUser, bot: RunningBot
) -> None:
    """Until TeamViewer has closed it, the card does not say that it has ended."""
    number, session = await connected.create()
    page = await join_page(bot, session.code)
    assert await status_of(page) == 200
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.update", Fault.SERVER_ERROR, times=None)
    await connected.type(f"end {number}")
    card = await until(lambda: connected.card(number, "Ending…"))
    assert not {"Enter", "Resend link", "Get link", "End"} & set(connected.labels(card))
    assert await status_of(page) == 410
    for words in (f"enter {number}", f"link {number}", f"reinvite {number}"):
        await connected.ask(words, "is being ended")
    await connected.ask("list", "Ending…")
    assert session.state == "open", "TeamViewer had closed it already"
    faults.clear()
    await until(lambda: connected.card(number, "Ended by Tom Ray"))
    assert session.state == "closed"
    assert len(connected.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1


@pytest.mark.long
async def test_session_that_teamviewer_does_not_close_can_be_used_again(
    connected: ChatUser, quick_retries: None
) -> None:
    number, session = await connected.create()
    faults = connected.environment.teamviewer.faults
    faults.plan("sessions.update", Fault.SERVER_ERROR, times=None)
    await connected.type(f"end {number}")
    await connected.reads("could not be ended")
    card = await until(lambda: connected.card(number, "Waiting for"))
    assert "End" in connected.labels(card)
    faults.clear()
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by"))
    assert session.state == "closed"


async def test_end_and_logout_in_a_row_close_the_session(connected: ChatUser, bot: RunningBot) -> None:
    """The end was accepted before the access was given up, so the session is closed with it first."""
    number, session = await connected.create()
    connected.environment.teamviewer.faults.plan("sessions.update", Fault.SLOW, seconds=1)
    await connected.type(f"end {number}")
    await connected.type("logout --sure")
    await until(lambda: connected.card(number, "Ended by"))
    assert session.state == "closed"


@pytest.mark.parametrize("odd", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_dates_that_cannot_be_right_stop_nothing(
    connected: ChatUser, odd: str, bot: RunningBot
) -> None:
    """TeamViewer writes them into sessions and reports. The session is created, followed and ended."""
    options = connected.environment.teamviewer.options
    options.odd_date = odd
    try:
        number, session = await connected.create()
        connected.environment.teamviewer.join_session(session.code)
        await until(lambda: connected.card(number, "is there"))
        await connected.type(f"end {number}")
        await until(lambda: connected.card(number, "Ended by"))
    finally:
        options.odd_date = None
    assert session.state == "closed"
    assert "Something went wrong" not in connected.ever_seen()
