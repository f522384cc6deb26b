"""The requester's rating of a session, given on its join page after the end."""

from datetime import datetime, timedelta

from bot.model.sanitize import sanitize
from bot.values import value_class

RATE_WITHIN = timedelta(days=7)
"""How long after the end of a session its requester may rate it. The record of the session is written for as long."""
LONGEST_COMMENT = 500
"""In characters."""


@value_class
class Rating:
    """Whether the session helped its requester, in their own judgement, and their comment, which may be empty."""

    was_helpful: bool
    comment: str
    given_at: datetime


def clean_comment(typed: str) -> str:
    """Return a comment on one line, without invisible characters, cut at ``LONGEST_COMMENT``."""
    return " ".join(sanitize(typed).split())[:LONGEST_COMMENT].rstrip()
