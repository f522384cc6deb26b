"""Stored renewals of sessions, as a Protocol."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.ids import Email, RenewalId, SessionCode
from bot.model.renewal import Renewal


class Renewals(Protocol):
    """The renewals of sessions, and what each leaves to be closed at TeamViewer."""

    async def begin(self, renewal: Renewal) -> bool:
        """Store a running renewal. False where one of the same session runs already. The same one is stored once."""

    async def get(self, renewal_id: RenewalId) -> Renewal | None: ...

    async def mark_attempted(self, renewal_id: RenewalId, account: str, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked, and with which account. True where it was asked before."""

    async def unmark_attempted(self, renewal_id: RenewalId) -> None:
        """Store that TeamViewer was certainly not asked. A renewal that does not run any more stays as it is."""

    async def finish(self, renewal_id: RenewalId, code: SessionCode, close_after: datetime) -> None:
        """Store that a new code replaced ``code``, and when TeamViewer is asked to close that."""

    async def abandon(self, renewal_id: RenewalId, close_after: datetime) -> None:
        """Store that a running renewal came to nothing. If TeamViewer was asked, what it created is closed after that."""

    async def set_close_after(self, renewal_id: RenewalId, at: datetime | None) -> None:
        """Store when TeamViewer is asked to close what a renewal has left. None: nothing is open there."""

    async def due_to_close(self, now: datetime) -> Sequence[Renewal]:
        """List the renewals that have left something that is to be closed by now, oldest first."""

    async def running(self, before: datetime) -> Sequence[Renewal]:
        """List the running renewals that began at or before a moment, oldest first."""

    async def has_to_close(self, technician: Email, account: str) -> bool:
        """Return whether a renewal has left, or may leave, something to be closed in one TeamViewer account."""
