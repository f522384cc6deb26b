"""The audit log: who did what. A digest chains each entry to the one before it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from bot.values import value_class

START = "0" * 64
"""The digest that the first entry is chained to."""


class Action(StrEnum):
    """What the audit log records."""

    INTEGRATION_ON = "integration.on"
    INTEGRATION_OFF = "integration.off"
    WIDGET_ON = "widget.on"
    WIDGET_OFF = "widget.off"
    ADMIN_GRANTED = "admin.granted"
    ADMIN_REVOKED = "admin.revoked"
    RULE_ADDED = "rule.added"
    RULE_REMOVED = "rule.removed"
    ACCOUNT_CONFIRMED = "account.confirmed"
    CONNECTED = "connection.made"
    REUSED = "connection.reused"
    DISCONNECTED = "connection.revoked"
    INSTALLATION_REFUSED = "installation.refused"
    INSTALLATION_REMOVED = "installation.removed"
    SESSION_CREATED = "session.created"
    SESSION_PLANNED = "plan.made"
    PLAN_MOVED = "plan.moved"
    PLAN_CANCELLED = "plan.cancelled"
    PLAN_REFUSED = "plan.refused"
    SESSION_RENEWED = "session.renewed"
    SESSION_TRANSFERRED = "session.transferred"
    SESSION_ENDED = "session.ended"
    COLLEAGUE_INVITED = "invitation.made"
    COLLEAGUE_ENTERED = "invitation.entered"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    INVITATION_DECLINED = "invitation.declined"
    COLLEAGUE_LEFT = "invitation.left"
    REQUESTER_INVITED = "requester.invited"
    REQUESTER_DECLINED = "requester.declined"
    RESTORED = "database.restored"
    RECORD_FAILED = "record.failed"
    RECORD_WRITTEN = "record.written"


@value_class
class AuditEntry:
    """An entry of the audit log. It holds no secret.

    ``by`` is an e-mail address, or the name of the system that acted. ``subject`` is what was acted on.
    """

    at: datetime
    by: str
    action: Action
    subject: str = ""


@value_class
class AuditRecord:
    """An entry with its number, the digest of the entry before it, and the digest over all of this."""

    number: int
    entry: AuditEntry
    previous: str
    digest: str

    @classmethod
    def after(cls, number: int, previous: str, entry: AuditEntry) -> "AuditRecord":
        """Chain an entry to the one before it."""
        return cls(number, entry, previous, digest(number, previous, entry))

    def is_sound(self) -> bool:
        """Whether the entry is unchanged since it was written."""
        return self.digest == digest(self.number, self.previous, self.entry)


def digest(number: int, previous: str, entry: AuditEntry) -> str:
    """Return the SHA-256 over an entry, its number and the digest before it, in hexadecimal."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    # The last place is empty: the first entries had one more field there, and their digests stay good.
    written = json.dumps([number, previous, at, entry.by, entry.action.value, entry.subject, ""])
    return hashlib.sha256(written.encode()).hexdigest()


@value_class
class AuditHead:
    """The newest entry's number and digest. They are signed, so that removed entries at the end are noticed."""

    number: int
    digest: str


def first_flaw(trail: Sequence[AuditRecord]) -> int | None:
    """Return the number of the first entry that was edited, removed or moved, or None if the chain is intact."""
    previous, expected = START, 1
    for record in trail:
        if record.number != expected or record.previous != previous or not record.is_sound():
            return expected
        previous, expected = record.digest, expected + 1
    return None


def ends_at(trail: Sequence[AuditRecord], head: AuditHead | None) -> bool:
    """Whether a log ends with the entry that was signed. The chain alone does not show that newest entries are missing."""
    newest = AuditHead(trail[-1].number, trail[-1].digest) if trail else None
    return newest == head
