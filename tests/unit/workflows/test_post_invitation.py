"""Bring an invitation to who is invited: its card, once, pings, and the note on the request."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory
from support.inviting import invitations, invite, invited_card, job_for

from bot.commands import Leave, Uninvite
from bot.jobs import PingInvited
from bot.model.card import Audience
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.values import replace
from bot.views.links import holds_link
from bot.views.pages import Message, View
from bot.views.session import SessionCard
from bot.workflows.post_invitation import TRIES_BEFORE_OTHER_CHAT


def pings(bot: BotInMemory, platform: Platform) -> list[View]:
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    return [
        view
        for view in chat.messages.values()
        if isinstance(view, Message) and "You are invited to this session" in "".join(map(str, view.details))
    ]


async def test_card_of_an_invitation_has_a_way_in_and_no_details_of_the_connection(bot: BotInMemory) -> None:
    session = await invite(bot)
    card = await invited_card(bot, session)
    shown = bot.shown(card)
    assert isinstance(shown, SessionCard)
    assert holds_link(shown)
    assert (shown.connection, shown.requester_link) == (None, None)
    assert session.supporter_link is not None
    assert session.supporter_link.reveal() not in str([getattr(one, "url", "") for one in shown.buttons])
    assert [str(one.label) for one in shown.buttons] == ["Enter", "Get link", "Decline"]


async def test_job_that_runs_again_posts_no_second_card(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(await job_for(bot, session, BEN.email))
    (post,) = [one for one in bot.queue if type(one.job).__name__ == "PostInvitation"]
    await bot.run_jobs()
    await bot.finish_job(post.job)
    assert await invited_card(bot, session)


@pytest.mark.parametrize("command", [Uninvite, Leave])
async def test_card_loses_its_way_in_when_the_invitation_is_over(
    bot: BotInMemory, command: type[Uninvite | Leave]
) -> None:
    session = await invite(bot)
    card = await invited_card(bot, session)
    await bot.send(command(session.id), by=ANA if command is Uninvite else BEN)
    await bot.run_jobs()
    shown = bot.shown(card)
    assert isinstance(shown, Message)
    assert "is over" in str(shown.text)
    assert card not in await bot.cards(session.id)


async def test_card_loses_its_way_in_when_the_session_ends(bot: BotInMemory) -> None:
    session = await invite(bot)
    card = await invited_card(bot, session)
    await bot.end(session.id)
    await bot.run_jobs()
    assert not holds_link(bot.shown(card))


async def test_account_that_refuses_is_replaced_by_another_one(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", REFUSED)
    session = await invite(bot)
    assert (await invited_card(bot, session)).platform is Platform.TEAMS


async def test_chat_that_is_away_gets_the_card_later(bot: BotInMemory) -> None:
    bot.slack.fail_once("post_private", AWAY)
    session = await invite(bot)
    assert (await invited_card(bot, session)).platform is Platform.SLACK


async def test_chat_that_stays_away_is_replaced_by_the_other_one(bot: BotInMemory) -> None:
    for _try in range(TRIES_BEFORE_OTHER_CHAT):
        bot.slack.fail_once("post_private", AWAY)
    session = await invite(bot)
    assert (await invited_card(bot, session)).platform is Platform.TEAMS


async def test_home_of_an_invited_technician_has_the_way_in_while_they_are_invited(bot: BotInMemory) -> None:
    account = await bot.open_home(BEN)
    session = await invite(bot)
    assert holds_link(bot.slack.homes[account])
    await bot.send(Uninvite(session.id))
    await bot.run_jobs()
    assert not holds_link(bot.slack.homes[account])


async def test_home_of_an_invited_technician_loses_the_way_in_when_the_session_ends(bot: BotInMemory) -> None:
    account = await bot.open_home(BEN)
    session = await invite(bot)
    await bot.end(session.id)
    await bot.run_jobs()
    assert not holds_link(bot.slack.homes[account])


async def test_who_invited_reads_that_no_chat_took_the_message(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.fail_once("post_private", REFUSED)
    bot.teams.fail_once("post_private", REFUSED)
    await bot.finish_job(await job_for(bot, session, BEN.email))
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    assert "no chat took the message" in str(view.text)


async def test_invitation_comes_in_words_while_cards_are_switched_off(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.switch(hidden=Location.MESSAGE)
    await bot.finish_job(await job_for(bot, session, BEN.email))
    assert not [one for one in await bot.cards(session.id) if one.audience is Audience.INVITED]
    assert any("enter 101" in str(getattr(view, "text", "")) for view in bot.slack.messages.values())


async def test_invited_technician_is_pinged_in_each_chat(bot: BotInMemory) -> None:
    session = await invite(bot)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    await bot.run_jobs()
    assert [len(pings(bot, platform)) for platform in Platform] == [1, 1]


@pytest.mark.parametrize("why", ["unwanted", "withdrawn", "entered", "off", "left"])
async def test_invited_technician_is_not_pinged(bot: BotInMemory, why: str) -> None:
    session = await invite(bot)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    (job, *_more) = [one for one in bot.jobs if isinstance(one, PingInvited)]
    bot.unit_of_work.take_jobs()
    (invitation,) = await invitations(bot, session)
    async with bot.unit_of_work.write() as tx:
        if why == "unwanted":
            await tx.people.choose_pings(BEN.email, wanted=False)
        if why == "withdrawn":
            await tx.invitations.save(invitation.withdrawn())
        if why == "entered":
            await tx.invitations.save(invitation.entered(bot.clock()))
    if why == "off":
        await bot.switch(integration=False)
    if why == "left":
        job = replace(job, arrival=bot.clock() - timedelta(seconds=1))
    await bot.run_job(job)
    assert pings(bot, Platform.SLACK) == []
