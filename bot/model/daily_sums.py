"""What one session adds to the daily sums that reports are made of.

A session counts on the day of its creation, in UTC, once it is over. What is learned later, such as a rating, corrects it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum

from bot.model.notice import Notice, Recipient
from bot.model.session import Session, State
from bot.values import value_class

_STEPS = ((0, 5), (120, 15), (600, 60), (3600, 600))
"""To how many seconds a wait is rounded down, from how many seconds on. So a day has at most 250 different waits."""
_STARTS = [start for start, _step in _STEPS]


class Figure(StrEnum):
    """What is summed. The label of a sum says for what.

    - ``SESSIONS``: sessions, by kind and result (``session_label``).
    - ``TECHNICIAN``: sessions, by the technician's e-mail address. The only sums with a person in them.
    - ``WAIT``: sessions, by the seconds from their creation until somebody was connected, rounded down.
    - ``CONNECTED``: seconds in which people were connected, by kind.
    - ``DELIVERY``: messages to requesters, by channel and outcome.
    - ``RATING``: ratings on the join page, ``yes`` or ``no``.
    """

    SESSIONS = "sessions"
    TECHNICIAN = "technician"
    WAIT = "wait"
    CONNECTED = "connected"
    DELIVERY = "delivery"
    RATING = "rating"


class Result(StrEnum):
    """How a session went, by the evidence. ``JOINED``: the requester was there, and nobody was seen to connect."""

    CONNECTED = "connected"
    JOINED = "joined"
    NOBODY = "nobody"
    FAILED = "failed"


@value_class(order=True)
class SumKey:
    """Names one daily sum."""

    day: date
    figure: Figure
    label: str


def result_of(session: Session) -> Result:
    """Return how a session went that is over, or could not be created."""
    if session.state is State.FAILED:
        return Result.FAILED
    if session.connections or session.entered_at is not None:
        return Result.CONNECTED
    return Result.JOINED if session.was_joined else Result.NOBODY


def session_label(kind: str, result: str) -> str:
    """Return the label under which a session is counted."""
    return f"{kind}/{result}"


def first_connected_at(session: Session) -> datetime | None:
    """Return since when somebody was connected for the first time, as far as it is known."""
    starts = [one.started_at for one in session.connections]
    return min([*starts, *([session.entered_at] if session.entered_at is not None else [])], default=None)


def round_wait(seconds: float) -> int:
    """Return a wait rounded down, more coarsely the longer it is. A clock that was set back makes it 0."""
    whole = max(int(seconds), 0)
    _start, step = _STEPS[bisect_right(_STARTS, whole) - 1]
    return whole - whole % step


def contribution(session: Session, notices: Iterable[Notice]) -> Counter[SumKey]:
    """Return what a session adds to the daily sums. Nothing while it is open."""
    sums: Counter[SumKey] = Counter()
    if session.state.is_open:
        return sums
    day, kind = session.created_at.astimezone(UTC).date(), session.kind.value

    def add(figure: Figure, label: str, amount: int = 1) -> None:
        sums[SumKey(day, figure, label)] += amount

    add(Figure.SESSIONS, session_label(kind, result_of(session)))
    add(Figure.TECHNICIAN, session.technician)
    connected_at = first_connected_at(session)
    if connected_at is not None:
        add(Figure.WAIT, str(round_wait((connected_at - session.created_at).total_seconds())))
    if session.connected_seconds:
        add(Figure.CONNECTED, kind, session.connected_seconds)
    for notice in notices:
        if notice.recipient is Recipient.REQUESTER:
            add(Figure.DELIVERY, f"{notice.channel.value}/{notice.state.value}")
    if session.rating is not None:
        add(Figure.RATING, "yes" if session.rating.was_helpful else "no")
    return sums
