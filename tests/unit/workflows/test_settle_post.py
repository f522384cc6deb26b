"""A card in Teams whose id was lost is found by the refresh of a client, or by the press of a button on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.bot_in_memory import BEN, CHANNEL, PRIVATE, BotInMemory, expect_current_cards
from support.fakes.steps import Crash
from support.memory.unit_of_work import MemoryTransaction

from bot.commands import Place
from bot.jobs import PostCard, SettlePost
from bot.model.card import Card
from bot.model.session import Session
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message

PLACES = [pytest.param(CHANNEL, "post", id="channel"), pytest.param(PRIVATE, "post_private", id="private")]


async def crash() -> None:
    """Let the process die."""
    raise Crash


async def post_and_crash(bot: BotInMemory, place: Place, method: str) -> PostCard:
    """Let the process die after the post of a session's first card. Return the job that posted it."""
    session = await bot.accept_session(place=place, platform=Platform.TEAMS)
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job, key=creating.key)
    (job,) = [one.job for one in bot.unit_of_work.take_jobs() if isinstance(one.job, PostCard)]
    assert job.session == session.id
    bot.teams.before_return[method] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    return job


def refresh_of(bot: BotInMemory, job: PostCard, message: int = 0) -> SettlePost:
    """Return the job of a client that refreshes the n-th message with a card."""
    place, marker = list(bot.teams.markers.items())[message]
    return SettlePost(Platform.TEAMS, "T1", place.channel, place.message, job.session, marker)


@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_refresh_before_the_next_try_makes_the_lost_message_the_card(
    bot: BotInMemory, place: Place, method: str
) -> None:
    job = await post_and_crash(bot, place, method)
    await bot.run_job(refresh_of(bot, job))
    await bot.run_job(job)
    await bot.run_jobs()
    assert bot.teams.calls.count(method) == 1
    assert len(await bot.cards(job.session)) == 1
    await expect_current_cards(bot, job.session)


@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_refresh_after_the_second_post_retires_the_lost_message(
    bot: BotInMemory, place: Place, method: str
) -> None:
    job = await post_and_crash(bot, place, method)
    bot.clock.move(minutes=1)
    await bot.run_job(job)
    assert bot.teams.calls.count(method) == 2
    await bot.run_job(refresh_of(bot, job))
    await bot.run_jobs()
    (card,) = await bot.cards(job.session)
    lost, _stored = list(bot.teams.markers)
    assert card.message != lost.message
    assert isinstance(bot.shown(replace(card, message=lost.message)), Message)
    await expect_current_cards(bot, job.session)


async def test_refresh_during_the_second_post_leaves_one_card(bot: BotInMemory) -> None:
    """The next try has looked, and is posting, when the client names the first message."""
    job = await post_and_crash(bot, CHANNEL, "post")
    bot.clock.move(minutes=1)

    async def name_the_first_message() -> None:
        await bot.run_job(refresh_of(bot, job))

    bot.teams.before_return["post"] = name_the_first_message
    await bot.run_job(job)
    (card,) = await bot.cards(job.session)
    lost, stored = list(bot.teams.markers)
    assert card.message == stored.message
    assert isinstance(bot.shown(replace(card, message=lost.message)), Message)
    await bot.run_jobs()
    await expect_current_cards(bot, job.session)


async def test_session_that_ends_while_a_lost_card_is_named_shows_the_end(bot: BotInMemory) -> None:
    """The session was read before its end, and the card is stored after it."""
    job = await post_and_crash(bot, CHANNEL, "post")
    settle = refresh_of(bot, job)
    write = bot.unit_of_work.write
    ends = iter([bot.end])

    @asynccontextmanager
    async def end_before_the_write() -> AsyncIterator[MemoryTransaction]:
        for end in ends:
            await end(job.session)
        async with write() as tx:
            yield tx

    bot.unit_of_work.write = end_before_the_write  # type: ignore[method-assign]  # for this test alone
    await bot.run_job(settle)
    await bot.run_jobs()
    await expect_current_cards(bot, job.session)
    (card,) = await bot.cards(job.session)
    assert "Ended" in str(bot.shown(card))


async def test_refresh_of_the_stored_card_changes_nothing(bot: BotInMemory) -> None:
    """A client may refresh a card while its post is being answered, and long after."""
    session, job, before = await _posted_card(bot)
    calls = list(bot.teams.calls)
    await bot.run_job(refresh_of(bot, job))
    assert bot.teams.calls == calls
    assert await bot.cards(session.id) == before


async def test_refresh_of_an_unknown_message_elsewhere_changes_nothing(bot: BotInMemory) -> None:
    """Only a conversation with a card of the session can have a doubled one."""
    session, job, before = await _posted_card(bot)
    calls = list(bot.teams.calls)
    await bot.run_job(replace(refresh_of(bot, job), channel="C-OTHER", message="m-other"))
    assert bot.teams.calls == calls
    assert await bot.cards(session.id) == before


async def _posted_card(bot: BotInMemory) -> tuple[Session, PostCard, list[Card]]:
    session = await bot.open_session(platform=Platform.TEAMS)
    job = PostCard(Platform.TEAMS, session.id, await bot.store_command(by=BEN), is_first=True)
    return session, job, list(await bot.cards(session.id))
