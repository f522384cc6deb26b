"""The audit trail: who did what, each entry chained to the one before it by a digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

START = "0" * 64
"""What the first entry is chained to."""


class Action(StrEnum):
    """What is worth a line in the trail."""

    INTEGRATION_ON = "integration.on"
    INTEGRATION_OFF = "integration.off"
    WIDGET_ON = "widget.on"
    WIDGET_OFF = "widget.off"
    ADMIN_GRANTED = "admin.granted"
    ADMIN_REVOKED = "admin.revoked"
    CONNECTED = "connection.made"
    REUSED = "connection.reused"
    DISCONNECTED = "connection.revoked"
    SESSION_CREATED = "session.created"
    SESSION_ENDED = "session.ended"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail: ``subject`` is what it was done to. It holds no secret.

    ``by`` is an e-mail address, or the name of the system that did it.
    """

    at: datetime
    by: str
    action: Action
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry in its place: its number, what it is chained to, and the digest over all of it."""

    number: int
    entry: AuditEntry
    previous: str
    digest: str

    @classmethod
    def after(cls, number: int, previous: str, entry: AuditEntry) -> "AuditRecord":
        """Chain an entry to the one before it."""
        return cls(number, entry, previous, digest(number, previous, entry))

    def is_sound(self) -> bool:
        """Whether nothing in the entry was changed since it was written."""
        return self.digest == digest(self.number, self.previous, self.entry)


def digest(number: int, previous: str, entry: AuditEntry) -> str:
    """Return the SHA-256 over an entry, its number and the digest before it, in hexadecimal."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    # The last place is empty: the first entries had one more field there, and their digests stay good.
    written = json.dumps([number, previous, at, entry.by, entry.action.value, entry.subject, ""])
    return hashlib.sha256(written.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry's number and digest: what the whole trail hangs on, so it is signed."""

    number: int
    digest: str


def first_flaw(trail: Sequence[AuditRecord]) -> int | None:
    """Return the number of the first entry that was edited, removed or moved; None where the chain is whole."""
    previous, expected = START, 1
    for kept in trail:
        if kept.number != expected or kept.previous != previous or not kept.is_sound():
            return expected
        previous, expected = kept.digest, expected + 1
    return None


def ends_at(trail: Sequence[AuditRecord], head: AuditHead | None) -> bool:
    """Whether a trail ends where it was signed: the chain alone does not tell that its newest entries are gone."""
    newest = AuditHead(trail[-1].number, trail[-1].digest) if trail else None
    return newest == head
