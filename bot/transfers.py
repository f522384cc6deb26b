"""The stored transfers as the product sees them, as a Protocol."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.ids import Email, SessionId, TransferId
from bot.model.private_message import PrivateMessage
from bot.model.transfer import Leftover, Transfer, TransferState


class Transfers(Protocol):
    """The transfers of sessions. A session has one running transfer at most."""

    async def add(self, transfer: Transfer) -> bool:
        """Store a new transfer. False where one of the session is running, or this one is stored already."""

    async def get(self, transfer_id: TransferId) -> Transfer | None: ...

    async def running_of(self, session_id: SessionId) -> Transfer | None:
        """Return the running transfer of a session."""

    async def running(self) -> Sequence[Transfer]:
        """List all running transfers."""

    async def save(self, transfer: Transfer, *, known_state: TransferState) -> bool:
        """Store a changed transfer. False where its stored state is no longer ``known_state``."""

    async def mark_attempted(self, transfer_id: TransferId, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked for a new session. True where it was asked before."""

    async def unmark_attempted(self, transfer_id: TransferId) -> None:
        """Store that TeamViewer was certainly not asked."""

    async def was_attempted(self, transfer_id: TransferId) -> bool:
        """Return whether TeamViewer may have been asked for a new session."""

    async def mark_offer_attempted(self, transfer_id: TransferId, at: datetime) -> datetime | None:
        """Store that the message of an offer is about to be sent. Return when an earlier attempt began, if there was one."""

    async def unmark_offer_attempted(self, transfer_id: TransferId) -> None:
        """Store that the message of an offer was certainly not sent."""

    async def store_offer_message(self, transfer_id: TransferId, message: PrivateMessage) -> None:
        """Store which message shows an offer."""

    async def offer_message(self, transfer_id: TransferId) -> PrivateMessage | None:
        """Return the message that shows an offer. None where none is known."""

    async def store_leftover(self, leftover: Leftover, *, close_after: datetime) -> None:
        """Store what TeamViewer is to be asked to close, and from when on."""

    async def postpone_leftover(self, transfer_id: TransferId, at: datetime) -> None:
        """Store when TeamViewer is to be asked again."""

    async def delete_leftover(self, transfer_id: TransferId) -> None:
        """Store that nothing is left open."""

    async def leftover_of(self, transfer_id: TransferId) -> Leftover | None: ...

    async def due_leftovers(self, now: datetime) -> Sequence[Leftover]:
        """List what TeamViewer is to be asked to close by now."""

    async def needs_account(self, technician: Email, account: str) -> bool:
        """Return whether a connection to an account is still needed: to move a session, or to close what was left open."""
