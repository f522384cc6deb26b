"""One-time grants in memory."""

from datetime import datetime

from support.memory.data import Data


class MemoryStates:
    """The one-time grants of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def put(self, state: str, purpose: str, payload: str, expires_at: datetime) -> None:
        self._data.states.setdefault(state, (purpose, payload, expires_at))

    async def peek(self, state: str, purpose: str, now: datetime) -> str | None:
        stored = self._data.states.get(state)
        if stored is None or stored[0] != purpose or stored[2] <= now:
            return None
        return stored[1]

    async def consume(self, state: str, purpose: str, now: datetime) -> str | None:
        payload = await self.peek(state, purpose, now)
        stored = self._data.states.get(state)
        if stored is not None and stored[0] == purpose:
            del self._data.states[state]
        return payload

    async def purge(self, before: datetime, *, limit: int) -> bool:
        old = [state for state, stored in self._data.states.items() if stored[2] < before][:limit]
        for state in old:
            del self._data.states[state]
        return len(old) == limit
