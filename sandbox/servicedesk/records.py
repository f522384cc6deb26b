"""The records of a portal: its users and its requests."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sandbox.servicedesk.json_format import ApiError, not_found
from sandbox.servicedesk.model import STATUSES, ConversationEntry, EntryType, Request, Status, User
from sandbox.servicedesk.tenant import Tenant

# A client that parses ids as numbers loses digits, which tests then find.
_FIRST_ID = 216826000006437030
"""Larger than a float can represent exactly, as ids in production traffic are."""


class Records:
    """The users and requests of a portal. ``account`` owns the refresh token and is the author of every API write."""

    def __init__(self, tenant: Tenant, now: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self.now = now
        self._ids = itertools.count(_FIRST_ID)
        self.users: dict[str, User] = {}
        self.requests: dict[str, Request] = {}
        self.account = User(self.new_id(), "Service Desk API", tenant.address, is_technician=True)

    def new_id(self) -> str:
        """Return a new long id."""
        return str(next(self._ids))

    def get_or_create_user(self, name: str, email: str | None) -> User:
        """Return the user with this e-mail address, or without one with this name. Create it if needed."""
        key = (email or name).lower()
        if key not in self.users:
            self.users[key] = User(self.new_id(), name, email)
        return self.users[key]

    def list_technicians(self) -> list[User]:
        """Return the users who are technicians."""
        return [user for user in self.users.values() if user.is_technician]

    def find_request(self, request_id: str) -> Request:
        """Return the request with this long id. Raises ApiError (404)."""
        for request in self.requests.values():
            if request.id == request_id:
                return request
        raise not_found()

    def find_open_request(self, request_id: str) -> Request:
        """Return the request with this long id, to add a note or a worklog to it.

        Raises ApiError: 404, or 400 if a finished request takes no more of them (API documentation v3, "Common error
        codes": code 4001).
        """
        request = self.find_request(request_id)
        if self._tenant.finishes_requests and not request.status.in_progress:
            raise ApiError(4001, message="Request is already closed")
        return request

    def edit_entry(
        self, request: Request, entry: ConversationEntry, html: str, *, is_public: bool
    ) -> ConversationEntry:
        """Replace the text of a note."""
        now = self.now()
        edited = replace(entry, html=html, is_public=is_public, updated=now)
        request.entries[request.entries.index(entry)] = edited
        request.updated = now
        return edited

    def add_request(self, display_id: str, subject: str, requester: User | None, status: Status) -> Request:
        """Add a request. Raises ValueError if the number exists."""
        if display_id in self.requests:
            raise ValueError(f"there is a request {display_id} already")
        now = self.now()
        request = Request(self.new_id(), display_id, subject, requester, status, None, now, now)
        self.requests[display_id] = request
        return request

    def add_entry(
        self,
        request: Request,
        kind: EntryType,
        html: str,
        *,
        is_public: bool,
        subject: str = "",
        to: tuple[str, ...] = (),
    ) -> ConversationEntry:
        """Add a note or a mail to a request."""
        now = self.now()
        entry = ConversationEntry(self.new_id(), kind, html, self.account, is_public, now, subject, to)
        request.entries.append(entry)
        request.updated = now
        return entry


def find_status(name: str) -> Status:
    """Return the status with this name, in any case. Raises KeyError."""
    return STATUSES[name.casefold()]


def find_entry(request: Request, entry_id: str, *types: EntryType) -> ConversationEntry:
    """Return the note or mail with this id. Raises ApiError (404)."""
    for entry in request.entries_of_type(*types):
        if entry.id == entry_id:
            return entry
    raise not_found()
