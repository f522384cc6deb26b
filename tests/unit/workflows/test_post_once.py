"""Each card is posted once where the chat shows what was posted: after a crash, after a lost answer, and in the next try."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from support.bot_in_memory import (
    ANA,
    AWAY,
    BEN,
    CHANNEL,
    LOST,
    PRIVATE,
    REFUSED,
    BotInMemory,
    expect_current_cards,
)
from support.fakes.steps import Crash, ResumedSteps
from support.memory.unit_of_work import MemoryTransaction

from bot.attempts import begin_call, let_call_leave
from bot.commands import Place
from bot.errors import database_unavailable
from bot.jobs import PostCard, RefreshCard
from bot.model.card import Audience, PostAttempt
from bot.model.session import Session
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message
from bot.workflows.chat_retries import TRIES_WHILE_UNSURE

SHARED = replace(CHANNEL, channel="C-SHARED")
PLACES = [pytest.param(CHANNEL, "post", id="channel"), pytest.param(PRIVATE, "post_private", id="private")]


async def crash() -> None:
    """Let the process die."""
    raise Crash


async def first_card(bot: BotInMemory, place: Place, platform: Platform = Platform.SLACK) -> PostCard:
    """Accept a session. Return the job that posts its first card, and keep the other jobs for later."""
    session = await bot.accept_session(place=place, platform=platform)
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job, key=creating.key)
    queued = bot.unit_of_work.take_jobs()
    (job,) = [one.job for one in queued if isinstance(one.job, PostCard)]
    assert job.session == session.id
    return job


async def attempts(bot: BotInMemory, job: PostCard) -> list[PostAttempt]:
    """Return the attempts that are stored for the card of a job."""
    async with bot.unit_of_work.read() as tx:
        found = [
            await tx.cards.find_attempt(job.session, job.command, is_private=is_private)
            for is_private in (False, True)
        ]
    return [one for one in found if one is not None]


def looks(bot: BotInMemory) -> int:
    """Count how often a chat was asked for an earlier post."""
    return sum(one.startswith("find_") for chat in (bot.slack, bot.teams) for one in chat.calls)


async def retry(bot: BotInMemory) -> None:
    """Run the next try of the card, and everything after it."""
    await bot.run_jobs()


@pytest.mark.parametrize("platform", list(Platform))
@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_card_that_is_posted_at_once_needs_no_look_and_leaves_no_attempt(
    bot: BotInMemory, platform: Platform, place: Place, method: str
) -> None:
    job = await first_card(bot, place, platform)
    await bot.run_job(job)
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    assert method in chat.calls
    assert looks(bot) == 0
    assert await attempts(bot, job) == []


@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_card_posted_before_a_crash_is_found_and_stored(
    bot: BotInMemory, place: Place, method: str
) -> None:
    job = await first_card(bot, place)
    bot.slack.before_return[method] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    assert len(await attempts(bot, job)) == 1
    await bot.run_job(job)
    await bot.run_jobs()
    assert bot.slack.calls.count(method) == 1
    assert len(bot.slack.messages) == 1
    assert await attempts(bot, job) == []
    await expect_current_cards(bot, job.session)


@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_card_whose_answer_was_lost_is_found_by_the_next_try(
    bot: BotInMemory, place: Place, method: str
) -> None:
    job = await first_card(bot, place)
    bot.slack.fail_once(method, LOST)
    await bot.run_job(job)
    assert await bot.cards(job.session) == []
    await retry(bot)
    assert bot.slack.calls.count(method) == 1
    assert len(bot.slack.messages) == 1
    await expect_current_cards(bot, job.session)


async def test_next_card_posted_before_a_crash_is_found_and_replaces_the_earlier_one(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    job = PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN))
    bot.slack.before_return["post"] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    await bot.run_job(job)
    (card,) = await bot.cards(session.id)
    assert card != earlier
    assert len(bot.slack.messages) == 2
    assert isinstance(bot.shown(earlier), Message)


async def test_next_card_stored_before_a_crash_is_not_posted_again(bot: BotInMemory) -> None:
    """The process dies while it marks the earlier card as replaced."""
    session = await bot.open_session()
    (earlier,) = await bot.cards(session.id)
    job = PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN))
    bot.slack.before_return["update_card"] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    posts = bot.slack.calls.count("post")
    await bot.run_job(job)
    assert bot.slack.calls.count("post") == posts
    (card,) = await bot.cards(session.id)
    assert card != earlier


async def test_next_card_whose_outcome_was_not_stored_is_not_posted_again(bot: BotInMemory) -> None:
    """The job is done, and the process dies before the engine knows."""
    session = await bot.open_session()
    job = PostCard(Platform.SLACK, session.id, await bot.store_command(by=BEN))
    steps = ResumedSteps(dies_after=0)
    with pytest.raises(Crash):
        await bot.run_job(job, steps)
    posts = bot.slack.calls.count("post")
    await bot.run_job(job)
    assert bot.slack.calls.count("post") == posts
    assert len(await bot.cards(session.id)) == 1


async def test_two_cards_that_two_people_asked_for_are_two_cards(bot: BotInMemory) -> None:
    """A post of one command is no earlier attempt of another."""
    session = await bot.open_session()
    keys = [await bot.store_command(by=ANA), await bot.store_command(by=BEN)]
    bot.slack.before_return["post"] = crash
    with pytest.raises(Crash):
        await bot.run_job(PostCard(Platform.SLACK, session.id, keys[0]))
    await bot.run_job(PostCard(Platform.SLACK, session.id, keys[1]))
    assert looks(bot) == 0
    assert len(bot.slack.messages) == 3


async def test_card_and_line_of_a_shared_channel_are_each_posted_once(bot: BotInMemory) -> None:
    bot.slack.shared_channels.add(SHARED.channel)
    job = await first_card(bot, SHARED)
    bot.slack.fail_once("post_private", LOST)
    await bot.run_job(job)
    await retry(bot)
    assert {one.audience for one in await bot.cards(job.session)} == {Audience.CREATOR, Audience.EXTERNAL}
    assert len(bot.slack.messages) == 2


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_post_that_was_certainly_not_made_is_tried_again_without_a_look(
    bot: BotInMemory, error: Exception
) -> None:
    job = await first_card(bot, CHANNEL)
    bot.slack.fail_once("post", error)
    await bot.run_job(job)
    assert await attempts(bot, job) == []
    await bot.run_job(job)
    assert looks(bot) == 0
    assert len(await bot.cards(job.session)) == 1


async def test_channel_that_is_closed_to_the_bot_leaves_no_attempt(bot: BotInMemory) -> None:
    bot.slack.closed_channels.add(CHANNEL.channel)
    job = await first_card(bot, CHANNEL)
    await bot.run_job(job)
    assert await attempts(bot, job) == []
    (card,) = await bot.cards(job.session)
    assert card.audience is Audience.CREATOR


async def test_lost_answer_to_a_post_that_was_not_made_leaves_one_card(bot: BotInMemory) -> None:
    """The look finds nothing, so the card is posted."""
    job = await first_card(bot, CHANNEL)
    bot.slack.fail_once("post", LOST)
    await bot.run_job(job)
    bot.slack.messages.clear()
    bot.slack.markers.clear()
    await retry(bot)
    assert looks(bot) == 1
    assert len(bot.slack.messages) == 1
    await expect_current_cards(bot, job.session)


async def test_card_is_posted_again_where_the_chat_does_not_show_what_was_posted(bot: BotInMemory) -> None:
    """A second card is better than none. The second one follows the session."""
    job = await first_card(bot, CHANNEL, Platform.TEAMS)
    bot.teams.before_return["post"] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    await bot.run_job(job)
    await bot.run_jobs()
    assert len(bot.teams.messages) == 2
    assert len(await bot.cards(job.session)) == 1
    await expect_current_cards(bot, job.session)


@pytest.mark.parametrize(
    ("platform", "posts"), [(Platform.TEAMS, TRIES_WHILE_UNSURE), (Platform.SLACK, 1)], ids=str
)
async def test_lost_answers_again_and_again_post_few_cards(
    bot: BotInMemory, platform: Platform, posts: int
) -> None:
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    job = await first_card(bot, CHANNEL, platform)
    for _try in range(20):
        chat.fail_once("post", LOST)
    await bot.run_job(job)
    await retry(bot)
    assert chat.calls.count("post") == posts
    assert len(chat.messages) == posts


async def test_look_that_gets_no_answer_is_repeated_before_anything_is_posted(bot: BotInMemory) -> None:
    job = await first_card(bot, CHANNEL)
    bot.slack.fail_once("post", LOST)
    for _try in range(3):
        bot.slack.fail_once("find_post", AWAY)
    await bot.run_job(job)
    await retry(bot)
    assert bot.slack.calls.count("post") == 1
    assert looks(bot) == 4
    assert len(await bot.cards(job.session)) == 1


async def test_look_that_never_gets_an_answer_does_not_hold_the_card_back_for_ever(bot: BotInMemory) -> None:
    job = await first_card(bot, CHANNEL)
    bot.slack.fail_once("post", LOST)
    for _try in range(TRIES_WHILE_UNSURE):
        bot.slack.fail_once("find_post", AWAY)
    await bot.run_job(job)
    await retry(bot)
    assert bot.slack.calls.count("post") == 2
    assert len(await bot.cards(job.session)) == 1


async def test_refusal_after_an_unknown_outcome_keeps_the_attempt(bot: BotInMemory) -> None:
    """The look told nothing, so the message of the first try may still be there, and a later look may find it."""
    job = await first_card(bot, CHANNEL)
    bot.slack.fail_once("post", LOST)
    await bot.run_job(job)
    bot.slack.fail_once("find_post", REFUSED)
    bot.slack.fail_once("post", AWAY)
    await retry(bot)
    assert bot.slack.calls.count("post") == 2
    assert len(bot.slack.messages) == 1
    await expect_current_cards(bot, job.session)


@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_lost_card_of_a_session_that_is_over_is_found_and_shows_the_end(
    bot: BotInMemory, place: Place, method: str
) -> None:
    job = await first_card(bot, place)
    bot.slack.fail_once(method, LOST)
    await bot.run_job(job)
    await bot.end(job.session)
    await retry(bot)
    assert bot.slack.calls.count(method) == 1
    await expect_current_cards(bot, job.session)


async def test_session_that_is_over_gets_no_card_where_none_was_posted(bot: BotInMemory) -> None:
    job = await first_card(bot, CHANNEL)
    await bot.end(job.session)
    await bot.run_job(replace(job, tries=1))
    assert looks(bot) == 0
    assert await bot.cards(job.session) == []


async def test_end_of_a_session_is_not_held_up_by_a_look_that_is_refused(bot: BotInMemory) -> None:
    job = await first_card(bot, CHANNEL, Platform.TEAMS)
    bot.teams.fail_once("post", LOST)
    await bot.run_job(job)
    await bot.end(job.session)
    await retry(bot)
    assert bot.teams.calls.count("post") == 1
    assert await bot.cards(job.session) == []


async def test_found_card_is_refreshed_even_if_the_session_has_not_changed(bot: BotInMemory) -> None:
    """The session may have changed between the post and the try that finds it."""
    job = await first_card(bot, CHANNEL)
    bot.slack.before_return["post"] = crash
    with pytest.raises(Crash):
        await bot.run_job(job)
    await bot.run_job(job)
    (refresh,) = [one for one in bot.jobs if isinstance(one, RefreshCard)]
    assert refresh.unless_state == ""


async def test_marker_says_nothing_about_the_session(bot: BotInMemory) -> None:
    session = await bot.open_session()
    (marker,) = bot.slack.markers.values()
    assert len(marker) == 32
    assert int(marker, 16)
    for detail in _details(session):
        assert detail not in marker


def _details(session: Session) -> list[str]:
    assert session.requester is not None
    return [session.id, session.subject, session.requester.name, str(session.code), session.technician]


@pytest.mark.parametrize("platform", list(Platform))
async def test_card_that_cannot_be_stored_at_once_is_not_posted_again(
    bot: BotInMemory, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database restarts between the post and the record of it. In Teams nothing else could keep a second card away."""
    monkeypatch.setattr("bot.outage.PAUSES_SECONDS", (0.0,) * 3)
    job = await first_card(bot, CHANNEL, platform)
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    write, failures = bot.unit_of_work.write, iter([database_unavailable(), database_unavailable()])

    def write_or_fail() -> AbstractAsyncContextManager[MemoryTransaction]:
        if "post" in chat.calls and (failure := next(failures, None)) is not None:
            raise failure
        return write()

    monkeypatch.setattr(bot.unit_of_work, "write", write_or_fail)
    await bot.run_job(job)
    assert next(failures, None) is None, "storing failed twice"
    assert chat.calls.count("post") == 1
    assert len(await bot.cards(job.session)) == 1
    assert await attempts(bot, job) == []


@pytest.mark.parametrize("platform", list(Platform))
@pytest.mark.parametrize(("place", "method"), PLACES)
async def test_post_that_a_stop_kept_back_is_made_by_the_next_process_without_a_look(
    bot: BotInMemory, platform: Platform, place: Place, method: str
) -> None:
    """The call never left, so no message can be there, and in Teams no second card is risked."""
    job = await first_card(bot, place, platform)
    chat = bot.slack if platform is Platform.SLACK else bot.teams
    chat.fail_once(method, asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    assert await attempts(bot, job) == []
    await bot.run_job(job)
    assert looks(bot) == 0
    assert len(await bot.cards(job.session)) == 1


async def test_post_that_had_left_before_a_stop_keeps_its_attempt(bot: BotInMemory) -> None:
    job = await first_card(bot, CHANNEL)

    async def leave_and_stop() -> None:
        begin_call()
        let_call_leave()
        raise asyncio.CancelledError

    bot.slack.before_return["post"] = leave_and_stop
    with pytest.raises(asyncio.CancelledError):
        await bot.run_job(job)
    assert len(await attempts(bot, job)) == 1
    await bot.run_job(job)
    assert bot.slack.calls.count("post") == 1
    assert len(await bot.cards(job.session)) == 1
