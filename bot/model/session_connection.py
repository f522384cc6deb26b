"""The connections of a session, as TeamViewer reports them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.values import value_class


@value_class
class SessionConnection:
    """One connection of a session. It is running while ``ended_at`` is None.

    ``id`` is TeamViewer's id of the report record. ``rating`` and ``comment`` are the requester's feedback, if there is any.
    """

    id: str
    started_at: datetime
    ended_at: datetime | None
    device: str | None = None
    rating: int | None = None
    comment: str = ""


def merged(
    known: Iterable[SessionConnection], read: Iterable[SessionConnection]
) -> tuple[SessionConnection, ...]:
    """Return the connections known so far with what was read now, by their start.

    A connection that is missing in ``read`` stays: TeamViewer does not document how long and how completely it lists them.
    """
    by_id = {one.id: one for one in (*known, *read)}
    return tuple(sorted(by_id.values(), key=lambda one: (one.started_at, one.id)))


def connected_seconds(connections: Iterable[SessionConnection]) -> int | None:
    """Return the seconds in which at least one connection existed, or None where no finished one is known.

    Connections that overlap count once.
    """
    spans = sorted((one.started_at, one.ended_at) for one in connections if one.ended_at is not None)
    if not spans:
        return None
    total = timedelta()
    until: datetime | None = None
    for start, end in spans:
        begin = max(start, until) if until else start
        total += max(end - begin, timedelta())
        until = max(until, end) if until else end
    return int(total.total_seconds())
