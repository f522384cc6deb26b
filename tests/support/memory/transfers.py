"""Transfers in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data, TransferRow

from bot.model.ids import Email, SessionId, TransferId
from bot.model.private_message import PrivateMessage
from bot.model.transfer import Leftover, Transfer, TransferState


class MemoryTransfers:
    """The transfers of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, transfer: Transfer) -> bool:
        is_running = transfer.state.is_running and await self.running_of(transfer.session_id) is not None
        if is_running or transfer.id in self._data.transfers:
            return False
        self._data.transfers[transfer.id] = TransferRow(transfer)
        return True

    async def get(self, transfer_id: TransferId) -> Transfer | None:
        stored = self._data.transfers.get(transfer_id)
        return stored.transfer if stored else None

    async def running_of(self, session_id: SessionId) -> Transfer | None:
        return next((one for one in await self.running() if one.session_id == session_id), None)

    async def running(self) -> Sequence[Transfer]:
        return [row.transfer for row in self._data.transfers.values() if row.transfer.state.is_running]

    async def save(self, transfer: Transfer, *, known_state: TransferState) -> bool:
        stored = self._data.transfers.get(transfer.id)
        if stored is None or stored.transfer.state is not known_state:
            return False
        stored.transfer = transfer
        return True

    async def mark_attempted(self, transfer_id: TransferId, at: datetime) -> bool:
        stored = self._data.transfers[transfer_id]
        if stored.attempted_at is not None:
            return True
        stored.attempted_at = at
        return False

    async def unmark_attempted(self, transfer_id: TransferId) -> None:
        self._data.transfers[transfer_id].attempted_at = None

    async def was_attempted(self, transfer_id: TransferId) -> bool:
        stored = self._data.transfers.get(transfer_id)
        return stored is not None and stored.attempted_at is not None

    async def mark_offer_attempted(self, transfer_id: TransferId, at: datetime) -> datetime | None:
        stored = self._data.transfers[transfer_id]
        before, stored.offer_attempted_at = stored.offer_attempted_at, stored.offer_attempted_at or at
        return before

    async def unmark_offer_attempted(self, transfer_id: TransferId) -> None:
        self._data.transfers[transfer_id].offer_attempted_at = None

    async def store_offer_message(self, transfer_id: TransferId, message: PrivateMessage) -> None:
        self._data.transfers[transfer_id].offer_message = message

    async def offer_message(self, transfer_id: TransferId) -> PrivateMessage | None:
        stored = self._data.transfers.get(transfer_id)
        return stored.offer_message if stored else None

    async def store_leftover(self, leftover: Leftover, *, close_after: datetime) -> None:
        stored = self._data.transfers[leftover.transfer]
        stored.leftover, stored.close_after = leftover, close_after

    async def postpone_leftover(self, transfer_id: TransferId, at: datetime) -> None:
        self._data.transfers[transfer_id].close_after = at

    async def delete_leftover(self, transfer_id: TransferId) -> None:
        self._data.transfers[transfer_id].close_after = None

    async def leftover_of(self, transfer_id: TransferId) -> Leftover | None:
        stored = self._data.transfers.get(transfer_id)
        return stored.leftover if stored and stored.close_after is not None else None

    async def due_leftovers(self, now: datetime) -> Sequence[Leftover]:
        return [
            row.leftover
            for row in self._data.transfers.values()
            if row.leftover is not None and row.close_after is not None and row.close_after <= now
        ]

    async def needs_account(self, technician: Email, account: str) -> bool:
        whose = (technician, account)
        for row in self._data.transfers.values():
            left, transfer = row.leftover, row.transfer
            if row.close_after is not None and left is not None and (left.technician, left.account) == whose:
                return True
            is_moving = transfer.state is TransferState.MOVING
            if is_moving and (transfer.former.email, transfer.former_account) == whose:
                return True
        return False
