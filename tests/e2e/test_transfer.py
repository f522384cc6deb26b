"""A session changes hands: one technician offers it, a colleague accepts it, in the same chat or in the other one."""

from collections.abc import Callable

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.colleague import new_colleague, offer_to
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.joins import GIVEN, IS_YOURS, holder, open_at_teamviewer, read_page, stored_session
from support.slack_user import SlackUser, until

from bot.jobs import ExpireOffer
from bot.model.ids import Email

CHATS = pytest.mark.parametrize("colleagues_chat", [InSlack, InTeams], ids=["to slack", "to teams"])


@CHATS
async def test_colleague_accepts_and_has_the_session(
    connected: ChatUser, bot: RunningBot, colleagues_chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, colleagues_chat)
    number, session = await connected.create()
    former_link = session.supporter_link
    offer = await offer_to(connected, colleague, number)
    assert "VPN fails" in colleague.text(offer)
    assert former_link not in colleague.ever_seen()
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await until(lambda: connected.own_chat(GIVEN))
    await bot.settle()
    assert "You accepted the session" in colleague.text(offer)
    assert colleague.labels(offer) == []
    (remote,) = open_at_teamviewer(connected, number)
    assert remote is session
    assert holder(connected, remote) == colleague.technician.email
    assert remote.supporter_link != former_link
    card = await until(lambda: connected.card(number, "Transferred from Tom Ray to Ines Moreau"))
    assert "Technician: Ines Moreau" in connected.text(card).replace("**", "").replace("\n", " ")
    # The new way in is the colleague's alone.
    assert remote.supporter_link in colleague.ever_seen()
    assert remote.supporter_token not in connected.ever_seen()
    await connected.ask(f"enter {number}", "belongs to Ines Moreau")
    mails = connected.environment.mailbox.messages_to(colleague.technician.email)
    assert any(remote.supporter_link in one.text for one in mails)
    notes = "\n".join(str(one) for one in connected.environment.servicedesk.notes(number))
    assert "took it over from Tom Ray" in notes
    async with bot.unit_of_work.read() as tx:
        (newest, *_older) = await tx.audit.latest(1)
    assert newest.entry.by == colleague.technician.email
    assert newest.entry.subject.endswith(f"{connected.technician.email} → {colleague.technician.email}")


async def test_session_that_cannot_be_assigned_is_replaced_and_the_join_page_leads_to_the_new_one(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    connected.environment.teamviewer.options.reassigning = "refused"
    colleague = await new_colleague(connected, chat)
    number, session = await connected.create()
    join_token = (await stored_session(bot, number)).join_token
    offer = await offer_to(connected, colleague, number)
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await bot.settle()
    (remote,) = open_at_teamviewer(connected, number)
    assert session.state == "closed"
    assert holder(connected, remote) == colleague.technician.email
    moved = await stored_session(bot, number)
    assert (moved.code, moved.join_token) == (remote.code, join_token)
    page = await read_page(bot.services.installation.join_page(join_token))
    assert remote.end_customer_link in page
    assert session.end_customer_link not in page


async def test_colleague_declines_and_the_session_stays(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    number, session = await connected.create()
    offer = await offer_to(connected, colleague, number)
    await connected.reads("is offered to Ines Moreau")
    await colleague.press(offer, "Decline")
    await until(lambda: connected.own_chat("Ines Moreau does not take over your session"))
    await bot.settle()
    assert holder(connected, session) == connected.technician.email
    assert "You declined the session" in colleague.text(offer)
    assert colleague.labels(offer) == []
    await colleague.ask(f"transfer {number} --accept", "Nobody offers you a session")


async def test_offer_is_withdrawn_by_its_maker_and_by_the_end(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    number, _session = await connected.create()
    first = await offer_to(connected, colleague, number)
    await connected.ask(f"transfer {number} --withdraw", "is withdrawn")
    await until(lambda: "is no longer offered to you" in colleague.text(first))
    assert colleague.labels(first) == []
    await connected.type(f"transfer {number} {colleague.technician.email}")
    (second,) = await until(lambda: colleague.own_chat("would like to hand the session"))
    assert second is not first
    await connected.type(f"end {number}")
    await until(lambda: len(colleague.own_chat("is no longer offered to you")) == 2)
    await bot.settle()
    assert colleague.labels(second) == []
    assert open_at_teamviewer(connected, number) == []


async def test_offer_that_nobody_answers_loses_its_buttons(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    number, _session = await connected.create()
    offer = await offer_to(connected, colleague, number)
    async with bot.unit_of_work.write() as tx:
        (running,) = [
            one for one in await tx.transfers.running() if one.to.email == colleague.technician.email
        ]
        await tx.enqueue(ExpireOffer(running.id), key=f"test:expire:{running.id}")
    await until(lambda: connected.own_chat("has not answered within an hour"))
    await until(lambda: colleague.labels(offer) == [])
    assert "Nobody answered it in time" in colleague.text(offer)
    await bot.settle()


async def test_colleague_connects_teamviewer_first(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat, is_connected=False)
    number, session = await connected.create()
    offer = await offer_to(connected, colleague, number)
    assert "Connect your TeamViewer account first" in colleague.text(offer)
    await colleague.press(offer, "Accept")
    await colleague.reads("connect your TeamViewer account first. Then press Accept again.")
    await colleague.authorize()
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await bot.settle()
    assert holder(connected, session) == colleague.technician.email


async def test_sdadmin_moves_a_session_without_a_question(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    admin = await new_colleague(connected, chat)
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(admin.technician.email))
    number, session = await connected.create()
    await admin.type(f"transfer {number} {colleague.technician.email}")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await until(lambda: connected.own_chat(GIVEN))
    await admin.reads("is with Ines Moreau now.")
    await bot.settle()
    assert holder(connected, session) == colleague.technician.email
    assert session.supporter_token not in admin.ever_seen()
    (received,) = colleague.own_chat(IS_YOURS)
    await colleague.press(received, "Enter")
    await until(lambda: session.supporter_link in colleague.seen())


async def test_nobody_else_may_offer_or_accept(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    other = await new_colleague(connected, chat)
    number, session = await connected.create()
    await other.ask(f"transfer {number} {colleague.technician.email}", "belongs to Tom Ray")
    await offer_to(connected, colleague, number)
    await other.ask(f"transfer {number} --accept", "Nobody offers you a session")
    await bot.settle()
    assert holder(connected, session) == connected.technician.email


async def test_offer_is_accepted_by_words(
    connected: ChatUser, bot: RunningBot, chat: Callable[[SlackUser], ChatUser]
) -> None:
    colleague = await new_colleague(connected, chat)
    number, session = await connected.create()
    await offer_to(connected, colleague, number)
    await colleague.type(f"transfer {number} --accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await bot.settle()
    assert holder(connected, session) == colleague.technician.email


async def test_colleague_is_chosen_in_a_list_of_slack(slack_user: SlackUser, bot: RunningBot) -> None:
    user = InSlack(slack_user)
    await user.authorize()
    colleague = await new_colleague(user, InSlack)
    number, session = await user.create()
    await user.press(user.card(number), "Transfer")
    slack, presser = user.environment.slack, user.technician.user
    modal = await until(lambda: slack.current_modal(presser))
    await slack.submit_modal(presser, modal.id, {"transfer_to": colleague.technician.user})
    (offer,) = await until(lambda: colleague.own_chat("would like to hand the session"))
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await bot.settle()
    assert holder(user, session) == colleague.technician.email


async def test_colleague_is_named_by_their_address_in_teams(slack_user: SlackUser, bot: RunningBot) -> None:
    user = InTeams(slack_user)
    await user.authorize()
    colleague = await new_colleague(user, InTeams)
    number, session = await user.create()
    card = await until(lambda: user.card(number, "Transfer"))
    await user.press(card, "Transfer")
    form = await until(lambda: user.newest_with("Offer"))
    await user.teams.press(form, "Offer", {"transfer_to": colleague.technician.email})
    await until(lambda: form.deleted)
    (offer,) = await until(lambda: colleague.own_chat("would like to hand the session"))
    await colleague.press(offer, "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await bot.settle()
    assert holder(user, session) == colleague.technician.email
