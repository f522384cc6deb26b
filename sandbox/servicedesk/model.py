"""The model of a portal: users, statuses, requests, notes, mails and worklogs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EntryType = Literal["NOTES", "REQREPLY", "REQFORWARD"]


@dataclass(slots=True)
class User:
    """A requester or a technician."""

    id: str
    name: str
    email: str | None
    phone: str | None = None
    mobile: str | None = None
    is_technician: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a request. ``in_progress`` is false for a finished request. ``internal_name`` never changes."""

    id: str
    name: str
    color: str
    in_progress: bool
    stop_timer: bool
    internal_name: str


STATUSES = {
    status.name.casefold(): status
    for status in (
        Status(
            "216826000000006657", "Open", "#0066ff", in_progress=True, stop_timer=False, internal_name="Open"
        ),
        Status(
            "216826000000006661",
            "In Progress",
            "#00a3a3",
            in_progress=True,
            stop_timer=False,
            internal_name="In Progress",
        ),
        Status(
            "216826000000006655",
            "On Hold",
            "#ff9900",
            in_progress=True,
            stop_timer=True,
            internal_name="Onhold",
        ),
        Status(
            "216826000000006659",
            "Resolved",
            "#00b386",
            in_progress=False,
            stop_timer=True,
            internal_name="Resolved",
        ),
        Status(
            "216826000000006663",
            "Closed",
            "#006600",
            in_progress=False,
            stop_timer=True,
            internal_name="Closed",
        ),
        Status(
            "216826000000006665",
            "Cancelled",
            "#999999",
            in_progress=False,
            stop_timer=True,
            internal_name="Cancelled",
        ),
    )
}
"""The statuses of a new portal, by name in lower case."""


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """A note or a sent mail in a request's conversation."""

    id: str
    type: EntryType
    html: str
    by: User
    is_public: bool
    created: datetime
    subject: str = ""
    to: tuple[str, ...] = ()
    updated: datetime | None = None

    @property
    def author(self) -> str:
        """The author's name."""
        return self.by.name


@dataclass(frozen=True, slots=True)
class Worklog:
    """Time that a technician spent on a request."""

    id: str
    owner: User
    description: str
    start: int | None
    end: int | None
    minutes: int
    created: datetime


@dataclass(slots=True)
class Request:
    """A request. ``id`` is the long id of the API, ``display_id`` the number that people see."""

    id: str
    display_id: str
    subject: str
    requester: User | None
    status: Status
    technician: User | None
    created: datetime
    updated: datetime
    is_trashed: bool = False
    site: str | None = None
    group: str | None = None
    entries: list[ConversationEntry] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)

    def entries_of_type(self, *types: EntryType) -> list[ConversationEntry]:
        """Return the entries of these types, oldest first."""
        return [entry for entry in self.entries if entry.type in types]
