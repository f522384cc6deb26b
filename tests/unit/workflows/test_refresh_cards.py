"""Bring everything that shows a session up to date."""

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory, actor_of, expect_current_cards

from bot.commands import Place, Status
from bot.jobs import PostCard, RefreshCards, RefreshHome, RefreshHomes
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.views.session import SessionCard


async def with_two_cards(bot: BotInMemory) -> Session:
    """Open a session with a card in each of two channels, and change it."""
    session = await bot.open_session()
    async with bot.context(Status(), BEN, Place("C2")) as context:
        key = context.command_request.key
    await bot.run_job(PostCard(session.id, key))
    await bot.run_jobs()
    await bot.end(session.id)
    bot.unit_of_work.take_jobs()
    return session


async def test_every_card_shows_the_session_as_it_is(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.run_job(RefreshCards(session.id))
    assert len(await bot.cards(session.id)) == 2
    await expect_current_cards(bot, session.id)


async def test_card_whose_message_is_gone_is_forgotten(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    first, second = await bot.cards(session.id)
    bot.slack.messages = {
        place: view for place, view in bot.slack.messages.items() if place.channel != first.channel
    }
    await bot.run_job(RefreshCards(session.id))
    assert await bot.cards(session.id) == [second]
    await expect_current_cards(bot, session.id)


async def test_card_that_the_platform_refuses_does_not_stop_the_others(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    bot.slack.fail_once("update_card", REFUSED)
    await bot.run_job(RefreshCards(session.id))
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert [one.state.is_open for one in shown if isinstance(one, SessionCard)] == [True, False]


async def test_refresh_while_the_platform_is_away_is_left_to_the_engine(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    bot.slack.fail_once("update_card", AWAY)
    with pytest.raises(type(AWAY)):
        await bot.workflows._refresher.refresh_cards(session.id)


async def test_cards_are_hidden_while_the_widget_is_off_for_messages(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.switch(hidden=Location.MESSAGE)
    await bot.run_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert not any(isinstance(one, SessionCard) for one in shown)


async def test_cards_are_not_hidden_by_the_widget_while_the_integration_is_off(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.switch(integration=False, hidden=Location.MESSAGE)
    await bot.run_job(RefreshCards(session.id))
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert all(isinstance(one, SessionCard) for one in shown)


async def test_home_of_the_creator_follows_the_session(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    session = await with_two_cards(bot)
    bot.slack.homes.clear()
    await bot.run_job(RefreshCards(session.id))
    assert list(bot.slack.homes) == [actor_of(ANA)]


async def test_refresh_of_a_session_that_is_gone_does_nothing(bot: BotInMemory) -> None:
    await bot.run_job(RefreshCards(SessionId("none")))
    await bot.run_job(RefreshCards(SessionId("none"), unless_state="shown"))
    assert bot.slack.calls == []


async def test_homes_of_everybody_are_refreshed(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    await bot.run_job(RefreshHomes())
    assert set(bot.slack.homes) == {actor_of(ANA), actor_of(BEN)}


async def test_home_that_is_refused_does_not_stop_the_others(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    bot.slack.fail_once("publish_home", REFUSED)
    await bot.run_job(RefreshHomes())
    assert list(bot.slack.homes) == [actor_of(BEN)]
    assert bot.jobs == []


@pytest.mark.parametrize(("retry_after", "delay"), [(None, 1), (7.2, 8)])
async def test_home_that_the_platform_is_too_busy_for_is_refreshed_later(
    bot: BotInMemory, retry_after: float | None, delay: int
) -> None:
    await bot.open_home(ANA)
    bot.slack.fail_once("publish_home", type(AWAY)(AWAY.text, retry_after=retry_after))
    await bot.run_job(RefreshHomes(ANA.email))
    (queued,) = bot.queue
    assert (queued.job, queued.delay_seconds) == (RefreshHome(actor_of(ANA)), delay)
    await bot.run_jobs()
    assert list(bot.slack.homes) == [actor_of(ANA)]
