"""What is true of a session now, however it was renewed, transferred and invited to: who has it, and where its links lead."""

from typing import Any

import aiohttp
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.colleague import offer_to
from support.slack_user import until

from bot.model.ids import RequestNumber
from bot.model.session import Session

IS_YOURS = "is yours now"
GIVEN = "is with Ines Moreau now. You can no longer enter it."


async def stored_session(bot: RunningBot, number: str) -> Session:
    """Return the newest session that the bot has for a request."""
    async with bot.unit_of_work.read() as tx:
        return (await tx.sessions.history(number=RequestNumber(number), limit=5))[0]


def open_at_teamviewer(user: ChatUser, number: str) -> list[Any]:
    """Return TeamViewer's open sessions for a request."""
    return [one for one in user.slack_user.sessions(number) if one.state == "open"]


def holder(user: ChatUser, session: Any) -> str:
    """Return the address of the account that a TeamViewer session is assigned to."""
    accounts = user.environment.teamviewer.accounts.values()
    return next(one.email for one in accounts if one.userid == session.assigned_userid)


async def hand_over(user: ChatUser, colleague: ChatUser, number: str) -> None:
    """Offer a session to a colleague, let them accept, and wait until both have read that it is theirs."""
    offer = await offer_to(user, colleague, number)
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await until(lambda: user.own_chat(GIVEN))


async def renew(user: ChatUser, number: str) -> Any:
    """Renew the session of a request. Return TeamViewer's new one, once every earlier one is closed."""
    before = len(user.slack_user.sessions(number))
    await user.type(f"renew {number}")
    await user.reads(f"The session for request #{number} is renewed: its links work until")
    await until(lambda: len(user.slack_user.sessions(number)) == before + 1)
    await until(lambda: len(open_at_teamviewer(user, number)) == 1)
    return user.slack_user.sessions(number)[-1]


async def read_page(url: str) -> str:
    """Return what a page of the bot shows."""
    async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
        assert answer.status == 200
        return await answer.text()


async def expect_one_session_of(
    technician: ChatUser, bot: RunningBot, number: str, *, not_of: ChatUser
) -> Any:
    """Return TeamViewer's open session of a request, once it is the technician's alone, and the join page leads there alone."""
    await bot.settle()
    (remote,) = open_at_teamviewer(technician, number)
    stored = await stored_session(bot, number)
    assert stored.code == remote.code
    assert stored.technician == technician.technician.email
    assert holder(technician, remote) == technician.technician.email
    page = await read_page(bot.services.installation.join_page(stored.join_token))
    assert remote.end_customer_link in page
    for closed in technician.slack_user.sessions(number):
        assert closed is remote or closed.end_customer_link not in page
    await technician.type(f"enter {number}")
    await until(lambda: remote.supporter_link in technician.seen())
    await not_of.ask(f"enter {number}", "belongs to Ines Moreau")
    assert remote.supporter_link not in not_of.ever_seen()
    return remote
