"""Changes of an invitation or its session during outside calls are not lost: nobody keeps a way in that is not theirs."""

import pytest
from support.bot_in_memory import ANA, BEN, BotInMemory, actor_of
from support.inviting import invitations, invite, job_for

from bot.account_check import AccountCheck
from bot.commands import Uninvite
from bot.errors import NotFound
from bot.freshness import LOOK_AGAIN_AFTER
from bot.use_cases.enter import Way, use_way_in
from bot.views.links import holds_link
from bot.views.session import SessionCard


async def test_session_that_ends_while_a_colleague_is_looked_up_invites_nobody(bot: BotInMemory) -> None:
    session = await bot.open_session()
    bot.slack.before_return["profile"] = lambda: bot.end(session.id)
    await bot.finish_job(await job_for(bot, session, actor_of(BEN).user))
    assert await invitations(bot, session) == []


async def test_invitation_withdrawn_while_its_card_is_posted_ends_without_a_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()

    async def withdraw() -> None:
        await bot.send(Uninvite(session.id), by=ANA)

    bot.slack.before_return["post_private"] = withdraw
    await bot.finish_job(await job_for(bot, session, actor_of(BEN).user))
    posted = [view for place, view in bot.slack.messages.items() if place.channel == "DUBEN"]
    assert posted
    assert not [view for view in posted if not isinstance(view, SessionCard) and "is over" not in str(view)]
    assert not [view for view in posted if holds_link(view)]


async def test_invitation_withdrawn_while_its_technician_is_looked_at_gives_no_link(bot: BotInMemory) -> None:
    session = await invite(bot)
    (invitation,) = await invitations(bot, session)
    bot.clock.move(seconds=int(LOOK_AGAIN_AFTER.total_seconds()) + 1)

    async def withdraw() -> None:
        await bot.send(Uninvite(session.id), by=ANA)

    bot.slack.before_return["profile"] = withdraw
    bot.teams.before_return["profile"] = withdraw
    accounts = AccountCheck(bot.unit_of_work, bot.services.chats, frozenset(), bot.clock)
    with pytest.raises(NotFound):
        await use_way_in(invitation.token, Way.APP, bot.unit_of_work, bot.clock, accounts=accounts)
