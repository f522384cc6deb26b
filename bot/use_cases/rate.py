"""Store the rating that a requester gives on the join page, once for each session."""

from datetime import datetime
from enum import StrEnum

from bot.coalesced_refreshes import enqueue_refresh_of_session
from bot.errors import too_many_conflicts
from bot.model.ids import JoinToken
from bot.model.rating import Rating, clean_comment
from bot.record_correction import enqueue_correction
from bot.unit_of_work import Transaction, UnitOfWork

_ATTEMPTS = 5


class RatingOutcome(StrEnum):
    """What became of a rating."""

    STORED = "stored"
    REPEATED = "repeated"
    """The session has a rating already. The first one stays."""
    CLOSED = "closed"
    """The session cannot be rated: it is open, nobody joined it, or it ended too long ago."""
    UNKNOWN = "unknown"
    """No session has this join token."""


async def rate_session(
    token: JoinToken, *, was_helpful: bool, comment: str, unit_of_work: UnitOfWork, now: datetime
) -> RatingOutcome:
    """Store a rating, and enqueue that cards and record show it. Raises NotConfirmed.

    It makes no outside call, so it works while the integration is off. The record is then written later.
    """
    rating = Rating(was_helpful, clean_comment(comment), now)
    async with unit_of_work.write() as tx:
        return await _store(token, rating, tx)


async def _store(token: JoinToken, rating: Rating, tx: Transaction) -> RatingOutcome:
    for _attempt in range(_ATTEMPTS):
        session = await tx.sessions.by_join_token(token)
        if session is None:
            return RatingOutcome.UNKNOWN
        if session.rating is not None:
            return RatingOutcome.REPEATED
        if not session.may_be_rated(rating.given_at):
            return RatingOutcome.CLOSED
        # Another transaction may have changed the session since it was read, or rated it.
        if await tx.sessions.save(session.rated(rating), known=session):
            await enqueue_refresh_of_session(session.id, tx)
            await enqueue_correction(session.id, rating.given_at, tx)
            return RatingOutcome.STORED
    raise too_many_conflicts()
