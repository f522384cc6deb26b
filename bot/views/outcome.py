"""How a session that is over went, in words: its connections, and what the requester says of it."""

from collections.abc import Sequence
from datetime import timedelta

from bot.i18n import Text, _, n_
from bot.model.rating import Rating
from bot.model.session import ENDED_BY_SERVICEDESK, Session, SessionSummary
from bot.model.session_connection import SessionConnection

_SHOWN_CONNECTIONS = 5


def outcome_lines(session: Session, *, for_creator: bool) -> Sequence[Text]:
    """Return how a session that is over went. The lines about single connections are for its creator alone."""
    # A failed session never was open, so there is nothing to say about how it went.
    if not session.state.is_over:
        return ()
    lines = [attendance_text(session)]
    if session.ended_by == ENDED_BY_SERVICEDESK:
        lines.append(_("The request was closed. {advice}", advice=running_connection_advice()))
    lines += rating_lines(session)
    if for_creator:
        lines += [connection_text(one) for one in session.connections[-_SHOWN_CONNECTIONS:]]
        rated = session.rated_connection
        comments = (session.rating.comment if session.rating else "", rated.comment if rated else "")
        lines += [comment_text(comment) for comment in comments if comment]
    if session.is_online:
        requester = session.requester.name if session.requester else _("the requester")
        lines.append(
            _(
                "TeamViewer still shows {requester} there. If you are still connected, close the TeamViewer window too.",
                requester=requester,
            )
        )
    return lines


def rating_lines(session: SessionSummary) -> Sequence[Text]:
    """Return what the requester answered on the join page, and their last rating as TeamViewer reports it.

    The scale of TeamViewer's rating is not documented.
    """
    rated = session.rated_connection
    answered = [] if session.rating is None else [rating_text(session.rating)]
    return answered if rated is None else [*answered, _("Requester’s rating: {rating}", rating=rated.rating)]


def rating_text(rating: Rating) -> Text:
    """Return in words what the requester answered on the join page."""
    if rating.was_helpful:
        return _("The requester says: the session helped")
    return _("The requester says: the session did not help")


def comment_text(comment: str) -> Text:
    """Return the requester's comment with its label."""
    return _("Requester’s comment: {comment}", comment=comment)


def attendance_text(session: SessionSummary) -> Text:
    """Return in words how long people were connected, as far as TeamViewer reported it."""
    seconds = session.connected_seconds
    if seconds is not None:
        return n_(
            "Connected for {duration}",
            "Connected for {duration}, in {count} connections",
            sum(one.ended_at is not None for one in session.connections),
            duration=timedelta(seconds=seconds),
        )
    if not session.was_joined:
        return _("Nobody joined")
    return _("Connection time: not reported by TeamViewer")


def connection_text(connection: SessionConnection) -> Text:
    """Return one connection in words: its start, its duration and its device, as far as TeamViewer reported them."""
    device = connection.device or _("unknown device")
    if connection.ended_at is None:
        return _("From {start}, end not reported: {device}", start=connection.started_at, device=device)
    return _(
        "From {start} for {duration}: {device}",
        start=connection.started_at,
        duration=connection.ended_at - connection.started_at,
        device=device,
    )


def running_connection_advice() -> Text:
    """Return what the technician of an ended session must know: closing a session stops new connections only."""
    return _("The links no longer work. If you are still connected, close the TeamViewer window too.")
