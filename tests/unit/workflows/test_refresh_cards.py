"""Bring everything that shows a session up to date."""

import asyncio
from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory, actor_of, expect_current_cards

from bot.commands import Place, Status
from bot.i18n import Text
from bot.jobs import (
    Job,
    PostCard,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
)
from bot.model.card import Audience, Card
from bot.model.ids import CommandKey, SessionId
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Actor, Platform
from bot.values import replace
from bot.views.session import SessionCard
from bot.workflows.refresh_cards import BATCH, BATCH_SECONDS

CHANGE = CommandKey("k1")
"""The command that moved a switch."""


async def with_two_cards(bot: BotInMemory) -> Session:
    """Open a session with a card in each of two channels, and change it."""
    session = await bot.open_session()
    async with bot.context(Status(), BEN, Place("C2")) as context:
        key = context.command_request.key
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    await bot.run_jobs()
    await bot.end(session.id)
    bot.unit_of_work.take_jobs()
    return session


async def test_every_card_shows_the_session_as_it_is(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.finish_job(RefreshCards(session.id))
    assert len(await bot.cards(session.id)) == 2
    await expect_current_cards(bot, session.id)


async def test_card_whose_message_is_gone_is_forgotten(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    first, second = await bot.cards(session.id)
    bot.slack.messages = {
        place: view for place, view in bot.slack.messages.items() if place.channel != first.channel
    }
    await bot.finish_job(RefreshCards(session.id))
    assert await bot.cards(session.id) == [second]
    await expect_current_cards(bot, session.id)


async def test_card_that_the_platform_refuses_does_not_stop_the_others(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    bot.slack.fail_once("update_card", REFUSED)
    await bot.finish_job(RefreshCards(session.id))
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert [one.state.is_open for one in shown if isinstance(one, SessionCard)] == [True, False]


async def test_card_that_the_chat_does_not_take_is_shown_later_and_delays_no_other(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    bot.slack.fail_once("update_card", AWAY)
    await bot.run_job(RefreshCards(session.id))
    for queued in bot.unit_of_work.take_jobs():
        await bot.run_job(queued.job)
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert [one.state.is_open for one in shown if isinstance(one, SessionCard)] == [True, False]
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_card_that_waits_for_its_update_is_updated_once_with_the_newest_state(bot: BotInMemory) -> None:
    """Slack takes one message a second in a channel: a card that changes often must not hold up the others."""
    session = await with_two_cards(bot)
    for _change in range(3):
        await bot.run_job(RefreshCards(session.id))
    cards = await bot.cards(session.id)
    assert bot.jobs == [RefreshCard(card) for card in cards]
    updates = bot.slack.calls.count("update_card")
    await bot.run_jobs()
    assert bot.slack.calls.count("update_card") == updates + len(cards)
    await expect_current_cards(bot, session.id)


async def test_five_changes_while_the_chat_takes_none_are_shown_by_one_call(bot: BotInMemory) -> None:
    """The call that is accepted shows the last of them."""
    session = await bot.open_session()
    await bot.run_jobs()
    (card,) = await bot.cards(session.id)
    done: set[str] = set()
    for minutes in range(5):
        bot.slack.fail_once("update_card", AWAY)
        await bot.set_expiry(session.id, timedelta(minutes=60 + minutes))
        for queued in [one for one in bot.queue if not one.delay_seconds and one.key not in done]:
            await bot.run_job(queued.job, key=queued.key)
            done.add(queued.key)
    (retry,) = [one for one in bot.queue if one.delay_seconds]
    assert retry.job == RefreshCard(card, tries=1)
    updates = bot.slack.calls.count("update_card")
    await bot.run_job(retry.job, key=retry.key)
    assert bot.slack.calls.count("update_card") == updates + 1
    await expect_current_cards(bot, session.id)


async def test_change_during_an_update_enqueues_the_next_one(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    (first, *_others) = await bot.cards(session.id)
    bot.slack.before_return["update_card"] = lambda: bot.run_job(RefreshCards(session.id))
    await bot.run_job(RefreshCard(first))
    assert RefreshCard(first) in bot.jobs


async def test_every_card_and_every_home_gets_a_job_of_its_own(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.open_home(ANA)
    await bot.open_home(ANA, Platform.TEAMS)
    await bot.run_job(RefreshCards(session.id))
    cards = [RefreshCard(one) for one in await bot.cards(session.id)]
    homes = [RefreshHome(actor_of(ANA)), RefreshHome(actor_of(ANA, Platform.TEAMS))]
    assert (len(cards), bot.jobs) == (2, [*cards, *homes])


async def test_cards_are_hidden_while_the_widget_is_off_for_messages(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.switch(hidden=Location.MESSAGE)
    await bot.finish_job(RefreshCards(session.id))
    await expect_current_cards(bot, session.id)
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert not any(isinstance(one, SessionCard) for one in shown)


async def test_hidden_cards_stay_hidden_while_the_integration_is_off(bot: BotInMemory) -> None:
    session = await with_two_cards(bot)
    await bot.switch(integration=False, hidden=Location.MESSAGE)
    await bot.finish_job(RefreshCards(session.id))
    shown = [bot.shown(card) for card in await bot.cards(session.id)]
    assert not any(isinstance(one, SessionCard) for one in shown)


async def test_home_of_the_creator_follows_the_session(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    session = await with_two_cards(bot)
    bot.slack.homes.clear()
    await bot.finish_job(RefreshCards(session.id))
    assert list(bot.slack.homes) == [actor_of(ANA)]


async def test_refresh_of_a_session_that_is_gone_does_nothing(bot: BotInMemory) -> None:
    await bot.finish_job(RefreshCards(SessionId("none")))
    place = Card(SessionId("none"), Platform.SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC")
    await bot.finish_job(RefreshCard(place))
    await bot.finish_job(RefreshCard(place, unless_state="shown"))
    assert bot.slack.calls == []


async def test_homes_of_everybody_are_refreshed(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    await bot.finish_job(RefreshAllHomes(CHANGE))
    assert set(bot.slack.homes) == {actor_of(ANA), actor_of(BEN)}


async def store_places(bot: BotInMemory, number: int) -> tuple[list[Card], list[Actor]]:
    """Store cards of an open session, and opened homes. A card of a session that is over is among them."""
    session, over = await bot.open_session(), await bot.open_session(another=True)
    await bot.end(over.id)
    await bot.run_jobs()
    first = Card(session.id, Platform.SLACK, "T1", "C1", "m", Audience.SHARED, "en", "UTC")
    cards = [replace(first, message=f"m{one:04}") for one in range(number)]
    homes = [Actor(Platform.SLACK, "T1", f"U{one:04}") for one in range(number)]
    async with bot.unit_of_work.write() as tx:
        for place in await tx.cards.of_session(session.id):
            await tx.cards.delete(place)
        for place, actor in zip(cards, homes, strict=True):
            await tx.cards.add(place, CommandKey("k"))
            await tx.homes.add(actor)
    return cards, homes


async def test_switch_refreshes_everything_in_batches(bot: BotInMemory) -> None:
    """The pause between two batches leaves room for the refresh of what changes meanwhile."""
    cards, homes = await store_places(bot, 2 * BATCH + 3)
    refreshed: list[Job] = []
    for first in (RefreshAllCards(CHANGE), RefreshAllHomes(CHANGE)):
        batches: list[Job] = [first]
        sizes: list[int] = []
        for job in batches:
            await bot.run_job(job)
            queued = bot.unit_of_work.take_jobs()
            following = [one for one in queued if isinstance(one.job, type(first))]
            assert all(one.delay_seconds == BATCH_SECONDS for one in following)
            batches += [one.job for one in following]
            refreshed += [one.job for one in queued if one not in following]
            sizes.append(len(queued) - len(following))
        assert sizes == [BATCH, BATCH, 3]
    assert refreshed == [
        *map(RefreshCard, cards),
        # Nobody’s requests are read for it: ServiceDesk Plus limits the calls.
        *(RefreshHome(home, requests_older_than=None) for home in homes),
    ]


async def test_batch_that_runs_again_after_a_crash_enqueues_the_next_one_once(bot: BotInMemory) -> None:
    await store_places(bot, BATCH)
    for job in (RefreshAllCards(CHANGE), RefreshAllHomes(CHANGE)):
        for _run in range(2):
            await bot.run_job(job)
    following = [job for job in bot.jobs if isinstance(job, RefreshAllCards | RefreshAllHomes)]
    assert len(following) == 2
    assert all(job.after is not None for job in following)


async def test_home_that_is_refused_does_not_stop_the_others(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.open_home(BEN)
    bot.slack.fail_once("publish_home", REFUSED)
    await bot.finish_job(RefreshAllHomes(CHANGE))
    assert list(bot.slack.homes) == [actor_of(BEN)]
    assert bot.jobs == []


async def test_home_that_the_platform_is_too_busy_for_is_refreshed_later(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    bot.slack.fail_once("publish_home", type(AWAY)(AWAY.text, retry_after=7.2))
    await bot.run_job(RefreshHomes(ANA.email))
    (queued,) = bot.unit_of_work.take_jobs()
    await bot.run_job(queued.job)
    (later,) = bot.queue
    assert later.job == RefreshHome(actor_of(ANA), tries=1)
    assert 8 <= later.delay_seconds <= 9
    await bot.run_jobs()
    assert list(bot.slack.homes) == [actor_of(ANA)]


async def test_changes_that_follow_at_once_become_one_update(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refresh waits a moment, and shows the newest state. A change after that brings another one."""
    session = await bot.open_session()
    await bot.run_jobs()
    (card,) = await bot.cards(session.id)
    waited: list[float] = []

    async def change_meanwhile(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 1:
            await bot.change(session.id, lambda one: one.with_problem(Text("the last change")))

    monkeypatch.setattr(asyncio, "sleep", change_meanwhile)
    refresher = bot.workflows.services.refresher
    monkeypatch.setattr(refresher, "_changes_together_seconds", 0.15)
    bot.slack.calls.clear()
    await bot.change(session.id, lambda one: one.with_problem(Text("the first change")))
    assert bot.jobs == [RefreshCard(card)]
    await bot.run_job(RefreshCard(card))
    assert (waited, bot.slack.calls.count("update_card")) == ([0.15], 1)
    assert bot.jobs == [RefreshCard(card)], "the change meanwhile enqueued none"
    await expect_current_cards(bot, session.id)
    await bot.change(session.id, lambda one: one.with_problem(Text("a later change")))
    assert bot.jobs == [RefreshCard(card)] * 2
