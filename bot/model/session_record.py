"""The record of a session: what its end leaves on the request in ServiceDesk Plus."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.ids import EntryId, SessionId
from bot.values import field, replace, value_class

RETRY_AFTER = timedelta(minutes=15)
"""The shortest time between two attempts to write a record that the sweep makes."""


class RecordKind(StrEnum):
    """What the end of a session leaves on the request: a private note, a note and a worklog, or nothing."""

    NOTE = "note"
    WORKLOG = "worklog"
    NONE = "none"


class RecordPart(StrEnum):
    """A part of a record, which is one entry on the request."""

    NOTE = "note"
    WORKLOG = "worklog"


@value_class
class Written:
    """One part of a record, its note or its worklog, as ServiceDesk Plus has it.

    ``id`` is ServiceDesk Plus's id, None where its response named none. ``reference`` is the marker by which the part is
    found there. ``content`` stands for what was written last. ``attempted`` stands for what is being added: it is stored
    before the call, so after a call without a response the part is looked for before it is added again.
    """

    id: EntryId | None = None
    reference: str = ""
    content: str = ""
    attempted: str = ""

    @property
    def exists(self) -> bool:
        """Whether the part was added."""
        return bool(self.content)


@value_class
class SessionRecord:
    """What was written about the end of a session, and when the rest is due.

    ``wanted_at`` is when the session ended, or when a report changed what is known about it. ``due_at`` is when the sweep
    writes it again, None where nothing is missing. ``failed_at`` is set while it could not be written.
    """

    session_id: SessionId
    wanted_at: datetime
    due_at: datetime | None
    note: Written = field(default_factory=Written)
    worklog: Written = field(default_factory=Written)
    failed_at: datetime | None = None

    def part(self, part: RecordPart) -> Written:
        """Return what was written of one part."""
        match part:
            case RecordPart.NOTE:
                return self.note
            case RecordPart.WORKLOG:
                return self.worklog

    def with_part(self, part: RecordPart, written: Written) -> "SessionRecord":
        """Return the record with what was written of one part now."""
        match part:
            case RecordPart.NOTE:
                return replace(self, note=written)
            case RecordPart.WORKLOG:
                return replace(self, worklog=written)

    def wanted(self, at: datetime) -> "SessionRecord":
        """Return the record with something new to write. The job that writes it is enqueued with it."""
        return replace(self, wanted_at=at, due_at=at + RETRY_AFTER)

    def due_now(self, now: datetime) -> "SessionRecord":
        """Return the record due in the next round of the sweep."""
        return replace(self, due_at=now)

    def postponed(self, now: datetime, *, at_least: timedelta = timedelta(0)) -> "SessionRecord":
        """Return the record due again. The pause doubles with each attempt, so that a refusal costs few calls.

        ``at_least`` is how long ServiceDesk Plus wants to be left alone.
        """
        return replace(self, due_at=now + max(RETRY_AFTER, now - self.wanted_at, at_least))


def worklog_minutes(connected_seconds: int | None) -> int | None:
    """Return the minutes of a session's worklog, or None where there is nothing to log.

    ServiceDesk Plus takes whole minutes. The sum is rounded once, to the nearest minute, and never down to none.
    """
    return max((connected_seconds + 30) // 60, 1) if connected_seconds else None
