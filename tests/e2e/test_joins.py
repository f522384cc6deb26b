"""Renewals, transfers and invitations of one session, one after the other, in each chat and across the two chats.

Whatever the order, one session is open at TeamViewer, one technician has it, and every earlier link leads there or nowhere.
"""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.colleague import new_colleague, offer_to
from support.entering import open_way_in, press_enter
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.invited_requester import Invited, InvitedInSlack, InvitedInTeams, new_requester
from support.joins import (
    IS_YOURS,
    expect_one_session_of,
    hand_over,
    open_at_teamviewer,
    read_page,
    renew,
    stored_session,
)
from support.slack_user import SlackUser, until

from sandbox.environment import Environment

INVITES = "invites you to this session"
CHATS = pytest.mark.parametrize("colleagues_chat", [InSlack, InTeams], ids=["to slack", "to teams"])
WAYS = pytest.mark.parametrize("reassigning", ["new_link", "refused"], ids=["assigned", "replaced"])
Chat = Callable[[SlackUser], ChatUser]
Reassigning = Literal["new_link", "refused"]


async def way_in(invited: ChatUser) -> str:
    """Return the address behind the Enter button of who is invited."""
    (card,) = await until(lambda: invited.own_chat(INVITES))
    (address,) = [one for one in invited.link_buttons(card) if "/enter/" in one]
    return str(address)


async def begin_with_colleague(
    user: ChatUser, chat: Chat, reassigning: Reassigning
) -> tuple[ChatUser, str, Any]:
    """Add a colleague and create a session. Return the colleague, the request's number and TeamViewer's session.

    ``reassigning``: what TeamViewer answers when the session is assigned to the colleague.
    """
    user.environment.teamviewer.options.reassigning = reassigning
    colleague = await new_colleague(user, chat)
    number, session = await user.create()
    return colleague, number, session


@CHATS
@WAYS
async def test_renewed_session_is_transferred(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat, reassigning: Reassigning
) -> None:
    """The code of before the renewal still names it, to the colleague too."""
    colleague, number, first = await begin_with_colleague(connected, colleagues_chat, reassigning)
    await renew(connected, number)
    await hand_over(connected, colleague, number)
    remote = await expect_one_session_of(colleague, bot, number, not_of=connected)
    await until(lambda: connected.card(number, remote.code))
    await colleague.type(f"end {first.code}")
    await until(lambda: connected.card(number, "Ended by Ines Moreau"))
    await until(lambda: not open_at_teamviewer(connected, number))


@CHATS
@WAYS
async def test_transferred_session_is_renewed_in_the_colleagues_account(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat, reassigning: Reassigning
) -> None:
    """The requester gets one more mail, and the former technician gets nothing of it."""
    colleague, number, _first = await begin_with_colleague(connected, colleagues_chat, reassigning)
    mailbox = connected.environment.mailbox
    requester = f"ann{number}@example.test"
    await hand_over(connected, colleague, number)
    await bot.settle()
    mails = len(mailbox.messages_to(connected.technician.email)), len(mailbox.messages_to(requester))
    renewed = await renew(colleague, number)
    assert await expect_one_session_of(colleague, bot, number, not_of=connected) is renewed
    await until(lambda: connected.card(number, renewed.code))
    assert len(mailbox.messages_to(connected.technician.email)) == mails[0]
    assert len(mailbox.messages_to(requester)) == mails[1] + 1
    assert any(renewed.supporter_link in one.text for one in mailbox.messages_to(colleague.technician.email))


@pytest.mark.long
@CHATS
@WAYS
async def test_offer_of_before_a_renewal_is_accepted_after_it(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat, reassigning: Reassigning
) -> None:
    """What changes hands is the session as it is at the acceptance."""
    colleague, number, first = await begin_with_colleague(connected, colleagues_chat, reassigning)
    offer = await offer_to(connected, colleague, number)
    renewed = await renew(connected, number)
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    remote = await expect_one_session_of(colleague, bot, number, not_of=connected)
    assert remote is not first
    assert (remote is renewed) is (reassigning == "new_link")


@pytest.mark.long
@CHATS
@WAYS
async def test_invited_colleague_keeps_the_way_in_through_a_transfer_and_a_renewal(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat, reassigning: Reassigning
) -> None:
    """Their address leads to the present session each time. Who has the session now may withdraw it."""
    colleague, number, first = await begin_with_colleague(connected, colleagues_chat, reassigning)
    invited = await new_colleague(connected, colleagues_chat)
    await connected.type(f"invite {number} {invited.technician.email}")
    address = await way_in(invited)
    assert (await press_enter(address)).opens == first.supporter_link
    await hand_over(connected, colleague, number)
    remote = await expect_one_session_of(colleague, bot, number, not_of=connected)
    assert (await press_enter(address)).opens == remote.supporter_link
    renewed = await renew(colleague, number)
    assert (await press_enter(address)).opens == renewed.supporter_link
    assert renewed.supporter_token not in invited.ever_seen(), "their way in is the bot's page alone"
    await connected.ask(f"uninvite {number}", "belongs to Ines Moreau")
    await colleague.type(f"uninvite {number}")
    await until(lambda: not any("/enter/" in invited.text(one) for one in invited.own_chat(INVITES)))
    assert (await press_enter(address)).status == 410
    await bot.settle()


@pytest.mark.long
@CHATS
@WAYS
async def test_invited_colleague_who_takes_over_needs_no_invitation_any_more(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat, reassigning: Reassigning
) -> None:
    """And the former technician can be invited in turn."""
    colleague, number, _first = await begin_with_colleague(connected, colleagues_chat, reassigning)
    await connected.type(f"invite {number} {colleague.technician.email}")
    address = await way_in(colleague)
    await hand_over(connected, colleague, number)
    remote = await expect_one_session_of(colleague, bot, number, not_of=connected)
    for answer in (await open_way_in(address), await press_enter(address)):
        assert (answer.status, answer.opens) == (410, "")
    card = await until(lambda: connected.card(number, "Transferred from Tom Ray to Ines Moreau"))
    assert "Invited" not in connected.text(card)
    await colleague.type(f"invite {number} {connected.technician.email}")
    back = await way_in(connected)
    assert (await press_enter(back)).opens == remote.supporter_link
    await connected.ask(f"end {number}", "You are invited to this session")
    await bot.settle()
    assert (await stored_session(bot, number)).is_usable


@pytest.mark.long
@pytest.mark.parametrize("requesters_chat", [InvitedInSlack, InvitedInTeams], ids=["in slack", "in teams"])
@WAYS
async def test_join_in_the_requesters_chat_leads_to_the_present_session(  # noqa: PLR0917 - what differs
    inviting_bot: RunningBot,
    environment: Environment,
    slack_user: SlackUser,
    chat: Chat,
    requesters_chat: type[Invited],
    reassigning: Reassigning,
) -> None:
    """One message stays, with one link. “Not now” goes to who has the session now."""
    environment.teamviewer.options.reassigning = reassigning
    requester = await new_requester(environment, requesters_chat)
    user = chat(slack_user)
    await user.authorize()
    colleague = await new_colleague(user, chat)
    number = slack_user.new_request(requester_email=requester.person.email)
    await user.type(f"create {number}")
    message = await until(lambda: next(iter(requester.messages()), None))
    (link,) = requester.links(message)
    renewed = await renew(user, number)
    assert renewed.end_customer_link in await read_page(link)
    await hand_over(user, colleague, number)
    await inviting_bot.settle()
    (remote,) = open_at_teamviewer(user, number)
    assert remote.end_customer_link in await read_page(link)
    (message,) = requester.messages()
    assert requester.links(message) == [link]
    assert "Ines Moreau would like to help you" in requester.text(message)
    await requester.press(message, "Not now")
    answered = f"Ann Lee answered “Not now” to the invitation for request #{number}"
    await colleague.reads(answered)
    await inviting_bot.settle()
    assert answered not in user.ever_seen()


@pytest.mark.long
@CHATS
async def test_session_changes_hands_twice_and_comes_back(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Chat
) -> None:
    """Once by replacing it and once by assigning it, with a renewal in between."""
    options = connected.environment.teamviewer.options
    colleague, number, _first = await begin_with_colleague(connected, colleagues_chat, "refused")
    await hand_over(connected, colleague, number)
    renewed = await renew(colleague, number)
    options.reassigning = "new_link"
    await colleague.type(f"transfer {number} {connected.technician.email}")
    (offer,) = await until(lambda: connected.own_chat("would like to hand the session"))
    await connected.press(offer, "Accept")
    await until(lambda: connected.own_chat(IS_YOURS))
    await bot.settle()
    assert open_at_teamviewer(connected, number) == [renewed]
    assert renewed.supporter_token not in colleague.ever_seen()
    await colleague.ask(f"enter {number}", "belongs to Tom Ray")
    stored = await stored_session(bot, number)
    assert [one.former_name for one in stored.handovers] == ["Tom Ray", "Ines Moreau"]
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by Tom Ray"))
    await until(lambda: not open_at_teamviewer(connected, number))
