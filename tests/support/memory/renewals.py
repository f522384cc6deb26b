"""Renewals in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data, RenewalRow

from bot.model.ids import Email, RenewalId, SessionCode
from bot.model.renewal import Renewal
from bot.values import replace


class MemoryRenewals:
    """The renewals of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def begin(self, renewal: Renewal) -> bool:
        if renewal.id in self._data.renewals:
            return True
        if any(
            one.renewal.is_running and one.renewal.session_id == renewal.session_id for one in self._rows()
        ):
            return False
        self._data.renewals[renewal.id] = RenewalRow(renewal)
        return True

    async def get(self, renewal_id: RenewalId) -> Renewal | None:
        stored = self._data.renewals.get(renewal_id)
        return stored.renewal if stored else None

    async def mark_attempted(self, renewal_id: RenewalId, account: str, at: datetime) -> bool:
        stored = self._data.renewals[renewal_id]
        if stored.attempted_at is not None:
            return True
        stored.attempted_at = at
        stored.renewal = replace(stored.renewal, account=account)
        return False

    async def unmark_attempted(self, renewal_id: RenewalId) -> None:
        stored = self._data.renewals.get(renewal_id)
        if stored is not None and stored.renewal.is_running:
            stored.attempted_at = None
            stored.renewal = replace(stored.renewal, account=None)

    async def finish(self, renewal_id: RenewalId, code: SessionCode, close_after: datetime) -> None:
        stored = self._data.renewals[renewal_id]
        stored.renewal = replace(stored.renewal, is_running=False, code=code)
        stored.close_after = close_after

    async def abandon(self, renewal_id: RenewalId, close_after: datetime) -> None:
        stored = self._data.renewals.get(renewal_id)
        if stored is not None and stored.renewal.is_running:
            stored.renewal = replace(stored.renewal, is_running=False)
            stored.close_after = close_after if stored.renewal.account is not None else None

    async def set_close_after(self, renewal_id: RenewalId, at: datetime | None) -> None:
        if renewal_id in self._data.renewals:
            self._data.renewals[renewal_id].close_after = at

    async def due_to_close(self, now: datetime) -> Sequence[Renewal]:
        return [one.renewal for one in self._rows() if one.close_after is not None and one.close_after <= now]

    async def running(self, before: datetime) -> Sequence[Renewal]:
        return [
            one.renewal for one in self._rows() if one.renewal.is_running and one.renewal.created_at <= before
        ]

    async def has_to_close(self, technician: Email, account: str) -> bool:
        return any(
            one.renewal.is_running or one.close_after is not None
            for one in self._rows()
            if (one.renewal.technician, one.renewal.account) == (technician, account)
        )

    def _rows(self) -> list[RenewalRow]:
        rows = self._data.renewals.values()
        return sorted(rows, key=lambda one: (one.renewal.created_at, one.renewal.id))
