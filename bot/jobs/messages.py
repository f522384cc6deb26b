"""Jobs that send a message or write a note about a session."""

from datetime import datetime
from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    NoticeId,
    RenewalId,
    SessionCode,
    SessionId,
)
from bot.model.notice import Channel
from bot.model.technician import Platform
from bot.values import value_class


@value_class
class RemindOfExpiry:
    """Remind a technician that the link of their session expires soon."""

    tag: ClassVar[str] = "remind_of_expiry"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    tries: int = 0


@value_class
class PingArrival:
    """Notify a session's creator on one platform that the requester is there. ``arrival`` is when that began."""

    tag: ClassVar[str] = "ping_arrival"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    arrival: datetime
    tries: int = 0


@value_class
class PingDeparture:
    """Notify a session's creator on one platform that the requester left at ``left_at`` without having been helped."""

    tag: ClassVar[str] = "ping_departure"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    left_at: datetime
    tries: int = 0


@value_class
class SendNotice:
    """Send one notice of an open session. With a ``command`` a technician asked for it, and gets the result as an answer."""

    tag: ClassVar[str] = "send_notice"
    queue: ClassVar[Queue] = Queue.NOTICE
    session: SessionId
    notice: NoticeId
    channel: Channel
    command: CommandKey | None = None


@value_class
class AddNote:
    """Add the note to the request that says which session was created, and what became of its notices.

    With a ``notice``, the note is about that one alone. ``tries`` counts how often it was still on its way.
    """

    tag: ClassVar[str] = "add_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    notice: NoticeId | None = None
    tries: int = 0


@value_class
class AddNoteAtLatest:
    """Add the note about a new session now, if the notices that are still on their way have held it back."""

    tag: ClassVar[str] = "add_note_at_latest"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId


@value_class
class AddRenewalNote:
    """Add the note to the request that says that a session was renewed ``by`` whom, and which code replaced which."""

    tag: ClassVar[str] = "add_renewal_note"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId
    renewal: RenewalId
    by: str
    former_code: SessionCode
    code: SessionCode
    valid_until: datetime
