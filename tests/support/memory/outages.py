"""Outages in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.model.ids import OutageId
from bot.model.outage import Outage, OutagePlace, Refusal
from bot.values import replace


class MemoryOutages:
    """The outages of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, outage: Outage) -> None:
        self._data.outages.setdefault(outage.id, outage)

    async def get(self, outage: OutageId) -> Outage | None:
        return self._data.outages.get(outage)

    async def with_open_sessions(self) -> Sequence[Outage]:
        shown = {row.session.outage for row in self._data.sessions.values() if row.session.state.is_open}
        return [one for key, one in sorted(self._data.outages.items()) if key in shown]

    async def add_refusal(self, outage: OutageId, refusal: Refusal) -> None:
        self._data.outage_refusals.setdefault((outage, refusal.number), refusal)

    async def refusals(self, outage: OutageId) -> Sequence[Refusal]:
        return [one for key, one in sorted(self._data.outage_refusals.items()) if key[0] == outage]

    async def mark_attempted(self, outage: OutageId, at: datetime) -> bool:
        stored = self._data.outages[outage]
        if stored.attempted_at is not None:
            return True
        self._data.outages[outage] = replace(stored, attempted_at=at)
        return False

    async def unmark_attempted(self, outage: OutageId) -> None:
        self._data.outages[outage] = replace(self._data.outages[outage], attempted_at=None)

    async def store_place(self, outage: OutageId, place: OutagePlace | None) -> None:
        self._data.outages[outage] = replace(self._data.outages[outage], place=place)

    async def store_shown(self, outage: OutageId, message: str, shown: str) -> bool:
        stored = self._data.outages[outage]
        if stored.place is None or stored.place.message != message:
            return False
        self._data.outages[outage] = replace(stored, shown=shown)
        return True

    async def purge(self, before: datetime, *, limit: int) -> bool:
        old = [key for key, one in self._data.outages.items() if one.created_at < before][:limit]
        for key in old:
            del self._data.outages[key]
            for refusal in [one for one in self._data.outage_refusals if one[0] == key]:
                del self._data.outage_refusals[refusal]
        return len(old) == limit
