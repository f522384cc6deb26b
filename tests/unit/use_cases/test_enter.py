"""The way in of an invited technician: checked each time, and TeamViewer's link at the last moment."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, BotInMemory, actor_of

from bot.account_check import AccountCheck
from bot.errors import BotError, NotAllowed, NotFound, Unavailable
from bot.freshness import LOOK_AGAIN_AFTER
from bot.jobs import InviteColleague, Job
from bot.model.audit import Action
from bot.model.ids import EnterToken
from bot.model.invitation import Invitation
from bot.model.session import Session
from bot.model.technician import Platform
from bot.use_cases.enter import Way, find_way_in, use_way_in
from bot.values import replace


async def invited(bot: BotInMemory) -> tuple[Session, Invitation]:
    """Return a session of Ana's, and Ben's invitation to it."""
    session = await bot.open_session()
    command = await bot.store_command()
    job: Job = InviteColleague(Platform.SLACK, session.id, BEN.email, ANA.email, "Ana", command)
    await bot.finish_job(job)
    async with bot.unit_of_work.read() as tx:
        (invitation,) = await tx.invitations.of_session(session.id)
    return session, invitation


async def enter(bot: BotInMemory, token: EnterToken, way: Way = Way.APP) -> str:
    accounts = AccountCheck(bot.unit_of_work, bot.services.chats, frozenset(), bot.clock)
    link = await use_way_in(token, way, bot.unit_of_work, bot.clock, accounts=accounts)
    return link.reveal()


async def test_way_in_leads_to_the_session_and_is_audited(bot: BotInMemory) -> None:
    session, invitation = await invited(bot)
    assert session.supporter_link is not None
    assert await enter(bot, invitation.token) == session.supporter_link.reveal()
    assert (await bot.actions())[-1] is Action.COLLEAGUE_ENTERED
    async with bot.unit_of_work.read() as tx:
        (entered,) = await tx.invitations.of_session(session.id)
    assert entered.entered_at == bot.clock()


async def test_looking_at_the_page_gives_no_link_and_stores_nothing(bot: BotInMemory) -> None:
    session, invitation = await invited(bot)
    found = await find_way_in(invitation.token, bot.unit_of_work, bot.clock())
    assert found.session.id == session.id
    async with bot.unit_of_work.read() as tx:
        assert await tx.invitations.of_session(session.id) == [invitation]


async def test_way_in_by_the_browser_leads_to_the_web_client(bot: BotInMemory) -> None:
    session, invitation = await invited(bot)
    if session.web_client_link is None:
        with pytest.raises(NotFound):
            await enter(bot, invitation.token, Way.BROWSER)
    else:
        assert await enter(bot, invitation.token, Way.BROWSER) == session.web_client_link.reveal()


@pytest.mark.parametrize("change", ["withdrawn", "given up", "ended", "ending", "expired", "off", "unknown"])
async def test_closed_way_in_gives_no_link(bot: BotInMemory, change: str) -> None:
    session, invitation = await invited(bot)
    token, at = invitation.token, bot.clock()
    async with bot.unit_of_work.write() as tx:
        if change == "withdrawn":
            await tx.invitations.save(invitation.withdrawn())
        if change == "given up":
            await tx.invitations.save(invitation.given_up())
    if change == "ended":
        await bot.end(session.id)
    if change == "ending":
        await bot.change(session.id, lambda one: one.ending(at))
    if change == "expired":
        await bot.set_expiry(session.id, timedelta())
    if change == "off":
        await bot.switch(integration=False)
    if change == "unknown":
        token = EnterToken("x" * 27)
    with pytest.raises(NotFound if change != "off" else NotAllowed):
        await enter(bot, token)
    with pytest.raises(BotError):
        await find_way_in(token, bot.unit_of_work, bot.clock())


async def test_technician_who_lost_access_gets_no_link(bot: BotInMemory) -> None:
    _session, invitation = await invited(bot)
    for platform, chat in ((Platform.SLACK, bot.slack), (Platform.TEAMS, bot.teams)):
        account = actor_of(BEN, platform)
        chat.profiles[account] = replace(chat.profiles[account], is_guest=True)
    bot.clock.move(seconds=int(LOOK_AGAIN_AFTER.total_seconds()) + 1)
    with pytest.raises(NotAllowed):
        await enter(bot, invitation.token)


async def test_chat_that_is_away_delays_the_way_in(bot: BotInMemory) -> None:
    _session, invitation = await invited(bot)
    bot.clock.move(seconds=int(LOOK_AGAIN_AFTER.total_seconds()) + 1)
    bot.slack.fail_once("profile", AWAY)
    bot.teams.fail_once("profile", AWAY)
    with pytest.raises(Unavailable):
        await enter(bot, invitation.token)
