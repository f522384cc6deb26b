"""A technician uses both chats: what begins in one is continued in the other, and what the first one shows follows."""

from datetime import UTC, datetime, timedelta

import aiohttp
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.rating import rate
from support.recorded import help_requester, record_notes, stored_session
from support.slack_user import until


def in_other_chat(user: ChatUser) -> ChatUser:
    """Return the same person in the other chat."""
    return InTeams(user.slack_user) if isinstance(user, InSlack) else InSlack(user.slack_user)


async def test_session_is_renewed_in_the_other_chat(connected: ChatUser, bot: RunningBot) -> None:
    """The card stays where it is, and shows the new code. The requester gets one more message, and no second one."""
    elsewhere = in_other_chat(connected)
    number, first = await connected.create()
    await elsewhere.type(f"renew {number}")
    await elsewhere.reads(f"The session for request #{number} is renewed: its links work until")
    await until(lambda: first.state == "closed")
    _first, second = connected.slack_user.sessions(number)
    await until(lambda: connected.card(number, second.code))
    await bot.settle()
    assert connected.count_cards(number) == 1
    assert await connected.enter_link(number) == second.supporter_link
    mails = connected.environment.mailbox.messages_to(f"ann{number}@example.test")
    assert [second.end_customer_link in one.html for one in mails] == [False, True]
    for secret in (first.supporter_link, second.supporter_link):
        assert secret not in connected.channel_text() + elsewhere.channel_text()


async def test_planned_session_is_moved_and_started_in_the_other_chat(
    connected: ChatUser, bot: RunningBot
) -> None:
    """The card appears where the session was planned, and its secrets go to its technician alone."""
    elsewhere = in_other_chat(connected)
    number = connected.slack_user.new_request()
    day = datetime.now(UTC).date()
    await connected.type(f"create {number} --at {day + timedelta(days=2)}T14:30Z")
    await until(lambda: connected.card(number, "with a calendar file"))
    await elsewhere.type(f"move {number} --at {day + timedelta(days=3)}T15:30Z")
    await elsewhere.reads("is now planned for")
    mailbox, address = connected.environment.mailbox, f"ann{number}@example.test"
    await until(lambda: len([one for one in mailbox.messages_to(address) if one.calendar]) == 2)
    await elsewhere.type(f"start {number}")
    await until(lambda: connected.card(number, "Waiting for"))
    await until(lambda: any("has been started" in one for one in connected.bot_messages()))
    await bot.settle()
    (session,) = connected.slack_user.sessions(number)
    assert elsewhere.card(number, "Waiting for") is None
    assert session.supporter_link not in connected.channel_text() + elsewhere.channel_text()


async def test_outage_is_ended_in_the_other_chat(connected: ChatUser, bot: RunningBot) -> None:
    """Each word works for its sessions. The one card counts them where it is."""
    elsewhere = in_other_chat(connected)
    numbers = [connected.slack_user.new_request() for _request in range(2)]
    await connected.type(f"outage {numbers[0]} {numbers[1]}")
    await until(lambda: connected.card(numbers[0], "2 waiting"))
    await elsewhere.ask(f"end {numbers[0]}", "")
    await until(lambda: connected.card(numbers[1], "1 waiting, 1 ended"))
    await elsewhere.type(f"end {numbers[1]}")
    await until(lambda: connected.card(numbers[1], "2 ended"))
    await bot.settle()
    assert [one.state for number in numbers for one in connected.slack_user.sessions(number)] == [
        "closed"
    ] * 2


async def test_session_is_ended_in_the_other_chat_and_the_rating_is_on_the_card(
    connected: ChatUser, bot: RunningBot
) -> None:
    """The rating is on the request, too. The comment is on no card that everybody reads."""
    elsewhere = in_other_chat(connected)
    number, session = await connected.create()
    await help_requester(connected, number, session, minutes=5)
    await elsewhere.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by"))
    page = bot.services.installation.join_page((await stored_session(bot, number)).join_token)
    async with aiohttp.ClientSession() as browser:
        assert await rate(browser, page, helpful="no", comment="Still slow") == 200
    await until(lambda: connected.card(number, "the session did not help"))
    await until(lambda: "Still slow" in "".join(one.html for one in record_notes(connected, number)))
    assert "Still slow" not in connected.channel_text() + elsewhere.channel_text()
