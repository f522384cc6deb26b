"""Daily sums in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from support.memory.data import Data

from bot.model.daily_sums import Figure, SumKey
from bot.model.ids import SessionId
from bot.model.session import Session


class MemoryDailySums:
    """The daily sums of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def uncounted(self, *, limit: int) -> Sequence[Session]:
        rows = sorted(self._data.sessions.values(), key=lambda row: row.session.id)
        return [row.session for row in rows if row.is_uncounted][:limit]

    async def claim(self, session: Session) -> Counter[SumKey] | None:
        row = self._data.sessions.get(session.id)
        if row is None or row.session.version != session.version:
            return None
        row.is_uncounted = False
        return Counter(row.counted)

    async def store_counted(self, session_id: SessionId, counted: Counter[SumKey]) -> None:
        self._data.sessions[session_id].counted = Counter(counted)

    async def add(self, changes: Mapping[SumKey, int]) -> None:
        for key, amount in changes.items():
            self._data.daily_sums[key] = self._data.daily_sums.get(key, 0) + amount

    async def by_day(self, figure: Figure, first: date, last: date) -> Mapping[date, Mapping[str, int]]:
        days: dict[date, dict[str, int]] = {}
        for key, amount in self._data.daily_sums.items():
            if key.figure is figure and first <= key.day <= last and amount:
                days.setdefault(key.day, {})[key.label] = amount
        return days

    async def totals(self, first: date, last: date) -> Mapping[Figure, Mapping[str, int]]:
        found: dict[Figure, dict[str, int]] = {figure: {} for figure in Figure}
        for key, amount in self._data.daily_sums.items():
            if first <= key.day <= last and amount:
                found[key.figure][key.label] = found[key.figure].get(key.label, 0) + amount
        return found

    async def purge_people(self, before: date, *, limit: int) -> bool:
        old = [key for key in self._data.daily_sums if key.day < before and key.figure is Figure.TECHNICIAN][
            :limit
        ]
        for key in old:
            del self._data.daily_sums[key]
        return len(old) == limit
