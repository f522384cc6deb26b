"""A renewal: a new TeamViewer session takes the place of the one that a session has, under the same card."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.ids import Email, RenewalId, SessionCode, SessionId
from bot.model.session import Session, SessionSummary, State
from bot.values import value_class

MOST_RENEWALS = 6
"""How often a session can be renewed: a requester's link leads to one for a week at most."""
RENEWED_LATELY = timedelta(minutes=10)
"""A second press of the button within this time asks for nothing new."""


class RenewalObstacle(StrEnum):
    """Why a session cannot be renewed now.

    - ``OVER``: it ended, it expired, or its creation failed. Its links have stopped working, so there is nothing to renew.
    - ``ENDING``: somebody asked for its end.
    - ``MOVING``: it is being handed over to another technician.
    - ``CREATING``: TeamViewer has not created it yet.
    - ``IN_USE``: the requester is there. Their TeamViewer session must not be taken away from them.
    - ``LATELY``: it was renewed within ``RENEWED_LATELY``.
    - ``TOO_OFTEN``: it was renewed ``MOST_RENEWALS`` times.
    """

    OVER = "over"
    ENDING = "ending"
    MOVING = "moving"
    CREATING = "creating"
    IN_USE = "in_use"
    LATELY = "lately"
    TOO_OFTEN = "too_often"


@value_class
class Renewal:
    """One renewal of a session. While it ``is_running``, no other one of this session begins.

    ``technician`` and ``account`` name the connection that reaches TeamViewer; ``account`` is None until TeamViewer may have been asked.
    ``code`` is the code that a new one replaced. None where nothing was replaced, as yet or at all.
    """

    id: RenewalId
    session_id: SessionId
    technician: Email
    created_at: datetime
    is_running: bool = True
    account: str | None = None
    code: SessionCode | None = None


def count_renewals(session: SessionSummary) -> int:
    """Return how often a session was renewed. Each renewal leaves one former code, and nothing else does."""
    return len(session.former_codes)


def find_obstacle(session: Session, now: datetime) -> RenewalObstacle | None:  # noqa: PLR0911 - one case an obstacle
    """Return why a session cannot be renewed now. None where it can."""
    if not session.state.is_open or session.is_due(now):
        return RenewalObstacle.OVER
    if session.is_ending:
        return RenewalObstacle.ENDING
    if session.is_moving:
        return RenewalObstacle.MOVING
    if session.state is State.CREATING:
        return RenewalObstacle.CREATING
    if session.renewed_at is not None and now < session.renewed_at + RENEWED_LATELY:
        return RenewalObstacle.LATELY
    # The state follows from the evidence: the requester is there, or people are connected.
    if session.state is not State.WAITING:
        return RenewalObstacle.IN_USE
    if count_renewals(session) >= MOST_RENEWALS:
        return RenewalObstacle.TOO_OFTEN
    return None
