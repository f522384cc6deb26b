"""The rounds of the sweep in memory."""

from datetime import datetime, timedelta

from support.memory.data import Data


class MemoryRounds:
    """The rounds of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def begin(self, now: datetime, every: timedelta) -> int | None:
        began = self._data.round_began_at
        if began is not None and now - every / 2 < began <= now + every:
            return None
        self._data.round_began_at = now
        self._data.round_number += 1
        return self._data.round_number

    async def complete(self, now: datetime) -> None:
        self._data.round_completed_at = now

    async def completed_at(self) -> datetime | None:
        return self._data.round_completed_at

    async def reported_month(self) -> str | None:
        return self._data.reported_month

    async def store_reported_month(self, month: str) -> None:
        self._data.reported_month = month
