"""Store the rating of a requester: once for each session, for a week after its end."""

from datetime import timedelta

import pytest
from support.bot_in_memory import BotInMemory
from support.records import end_session, notes_of_record

from bot.jobs import RefreshCards, WriteRecord
from bot.model.card import Audience
from bot.model.ids import JoinToken
from bot.model.rating import LONGEST_COMMENT, RATE_WITHIN, Rating
from bot.model.session import Session, State
from bot.use_cases.rate import RatingOutcome, rate_session
from bot.values import replace
from bot.views.session import make_session_card


async def joined_and_ended(bot: BotInMemory) -> Session:
    """Open a session, let its requester come, and end it as a technician does. All jobs have run."""
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await end_session(bot, session)
    await bot.run_jobs()
    return await bot.session(session.id)


def outcome_of(session: Session, audience: Audience) -> str:
    """Return what the card of a session says about how it went."""
    card = make_session_card(session, [], audience)
    return "\n".join(str(line) for line in card.outcome)


async def rate(
    bot: BotInMemory, token: JoinToken, *, was_helpful: bool = True, comment: str = ""
) -> RatingOutcome:
    return await rate_session(
        token, was_helpful=was_helpful, comment=comment, unit_of_work=bot.unit_of_work, now=bot.clock()
    )


async def test_rating_is_stored_with_a_refresh_of_the_cards(bot: BotInMemory) -> None:
    session = await joined_and_ended(bot)
    assert await rate(bot, session.join_token, comment=" Quick \u200b help\n") is RatingOutcome.STORED
    assert (await bot.session(session.id)).rating == Rating(
        was_helpful=True, comment="Quick help", given_at=bot.clock()
    )
    assert RefreshCards(session.id) in bot.jobs


async def test_rating_reaches_the_note_on_the_request(bot: BotInMemory) -> None:
    session = await joined_and_ended(bot)
    await rate(bot, session.join_token, was_helpful=False, comment="<b>Still</b> broken")
    assert WriteRecord(session.id) in bot.jobs
    await bot.run_jobs()
    (note,) = notes_of_record(bot)
    assert "The requester says: the session did not help" in note
    assert "&lt;b&gt;Still&lt;/b&gt; broken" in note


async def test_second_rating_changes_nothing(bot: BotInMemory) -> None:
    session = await joined_and_ended(bot)
    await rate(bot, session.join_token, was_helpful=False)
    await bot.run_jobs()
    assert await rate(bot, session.join_token) is RatingOutcome.REPEATED
    rating = (await bot.session(session.id)).rating
    assert rating is not None
    assert not rating.was_helpful
    assert bot.jobs == []


async def test_session_can_be_rated_for_a_week(bot: BotInMemory) -> None:
    session = await joined_and_ended(bot)
    assert session.ended_at is not None
    assert session.may_be_rated(session.ended_at + RATE_WITHIN - timedelta(seconds=1))
    bot.clock.move(days=RATE_WITHIN.days)
    assert await rate(bot, session.join_token) is RatingOutcome.CLOSED
    assert (await bot.session(session.id)).rating is None


async def test_open_session_and_one_that_nobody_joined_cannot_be_rated(bot: BotInMemory) -> None:
    session = await bot.open_session()
    assert await rate(bot, session.join_token) is RatingOutcome.CLOSED
    await bot.end(session.id)
    assert (await bot.session(session.id)).state is State.ENDED
    assert await rate(bot, session.join_token) is RatingOutcome.CLOSED


async def test_unknown_token_rates_nothing(bot: BotInMemory) -> None:
    await joined_and_ended(bot)
    assert await rate(bot, JoinToken("unknown-token")) is RatingOutcome.UNKNOWN


async def test_long_comment_is_cut(bot: BotInMemory) -> None:
    session = await joined_and_ended(bot)
    await rate(bot, session.join_token, comment="x" * (LONGEST_COMMENT + 1))
    rating = (await bot.session(session.id)).rating
    assert rating is not None
    assert len(rating.comment) == LONGEST_COMMENT


@pytest.mark.parametrize("was_helpful", [True, False])
async def test_shared_card_shows_the_answer_and_only_the_creator_reads_the_comment(
    bot: BotInMemory, *, was_helpful: bool
) -> None:
    session = replace(await joined_and_ended(bot), rating=Rating(was_helpful, "Quick help", bot.clock()))
    shared, own = (outcome_of(session, audience) for audience in (Audience.SHARED, Audience.CREATOR))
    answer = "The requester says: the session helped" if was_helpful else "did not help"
    assert answer in shared
    assert answer in own
    assert "Quick help" in own
    assert "Quick help" not in shared
