"""What TeamViewer is asked to create for a session."""

from datetime import datetime

from bot.model.session import VALID_FOR, Session
from bot.ports import NewRemoteSession

_LONGEST_DESCRIPTION = 4000
_LONGEST_NAME = 100
"""TeamViewer's limits for a session's description and the requester's name, in characters."""


def new_remote_session(session: Session, key: str, now: datetime) -> NewRemoteSession:
    """Return what TeamViewer is asked for. ``key`` is our id by which the new TeamViewer session is found."""
    requester = session.requester
    lines = [f"#{session.number} {session.subject}".strip(), session.note]
    return NewRemoteSession(
        key=key,
        kind=session.kind,
        description="\n".join(line for line in lines if line)[:_LONGEST_DESCRIPTION],
        requester_name=(requester.name if requester else "")[:_LONGEST_NAME],
        requester_email=requester.email if requester else None,
        valid_until=now + VALID_FOR,
    )
