"""The profile of an account that its platform reports as changed is read again."""

from support.bot_in_memory import ANA, PRIVATE, BotInMemory, actor_of

from bot.commands import ListOpen
from bot.freshness import STALE_LIMIT, is_fresh_enough
from bot.jobs import RereadProfile
from bot.model.card import Audience
from bot.values import replace
from bot.views.links import holds_link

ACCOUNT = actor_of(ANA)


async def test_new_guest_loses_the_links_that_are_shown_to_them(bot: BotInMemory) -> None:
    """Their home says why, and their card goes on without links."""
    await bot.open_home(ANA)
    session = await bot.open_session(place=PRIVATE)
    (card,) = await bot.cards(session.id)
    assert card.audience is Audience.CREATOR
    assert holds_link(bot.shown(card))
    bot.slack.profiles[ACCOUNT] = replace(bot.slack.profiles[ACCOUNT], is_guest=True)
    bot.clock.move(minutes=1)
    await bot.finish_job(RereadProfile(ACCOUNT))
    assert not holds_link(bot.shown(card))
    assert "Guests" in str(bot.slack.homes[ACCOUNT].refusal)


async def test_account_that_cannot_be_read_any_more_stays_expired(bot: BotInMemory) -> None:
    """It may be gone. The next command finds that out and is not carried out."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.expire_profile(ACCOUNT, bot.clock() - STALE_LIMIT)
    del bot.slack.profiles[ACCOUNT]
    await bot.finish_job(RereadProfile(ACCOUNT))
    async with bot.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(ACCOUNT)
    assert known_user is not None
    assert not is_fresh_enough(known_user, ListOpen(), bot.clock())
