"""Jobs that create, renew, watch and end sessions."""

from datetime import datetime
from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import (
    CommandKey,
    Email,
    RenewalId,
    RequestNumber,
    SessionId,
)
from bot.model.technician import Platform
from bot.values import value_class


@value_class
class CreateSession:
    """Create an accepted session at TeamViewer, and mail the requester."""

    tag: ClassVar[str] = "create_session"
    queue: ClassVar[Queue] = Queue.CREATE
    session: SessionId
    command: CommandKey


@value_class
class RenewSession:
    """Replace a session's TeamViewer session by a new one.

    ``by`` is the name in the note on the request, ``email`` the name in the audit log.
    """

    tag: ClassVar[str] = "renew_session"
    queue: ClassVar[Queue] = Queue.CREATE
    session: SessionId
    renewal: RenewalId
    by: str
    email: Email
    command: CommandKey


@value_class
class EndSession:
    """Close a session at TeamViewer, then end it here.

    ``by`` is the name shown on the card, ``email`` the name in the audit log. ``command`` is None where nobody asked for
    it in chat: then the session's creator learns of a failure.
    """

    tag: ClassVar[str] = "end_session"
    queue: ClassVar[Queue] = Queue.END
    session: SessionId
    by: str
    email: str
    command: CommandKey | None = None


@value_class
class ReadReports:
    """Read TeamViewer's connection reports of a session."""

    tag: ClassVar[str] = "read_reports"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    session: SessionId


@value_class
class WriteRecord:
    """Bring the record of a session that is over up to date, on its request in ServiceDesk Plus."""

    tag: ClassVar[str] = "write_record"
    queue: ClassVar[Queue] = Queue.NOTE
    session: SessionId


@value_class
class CheckDeparture:
    """Find out whether a requester who left at ``left_at`` was helped, and if not, enqueue the pings that say so."""

    tag: ClassVar[str] = "check_departure"
    queue: ClassVar[Queue] = Queue.FOLLOW_UP
    session: SessionId
    left_at: datetime


@value_class
class ShowRequest:
    """Look a request up and answer with its panel."""

    tag: ClassVar[str] = "show_request"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    number: RequestNumber
    by: Email
    command: CommandKey
