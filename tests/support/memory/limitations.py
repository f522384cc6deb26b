"""The known limitations, in memory."""

from collections.abc import Sequence

from support.memory.data import Data

from bot.model.limitation import KnownLimitation, Limitation
from bot.values import replace


class MemoryLimitations:
    """The known limitations of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def get(self, limitation: Limitation) -> KnownLimitation | None:
        return self._data.limitations.get(limitation)

    async def all(self) -> Sequence[KnownLimitation]:
        return [self._data.limitations[name] for name in sorted(self._data.limitations)]

    async def store(self, known: KnownLimitation) -> bool:
        stored = self._data.limitations.get(known.limitation)
        if stored is None:
            self._data.limitations[known.limitation] = known
            return True
        self._data.limitations[known.limitation] = replace(
            stored, reason=known.reason, retry_at=known.retry_at
        )
        return False

    async def delete(self, known: KnownLimitation) -> bool:
        stored = self._data.limitations.get(known.limitation)
        if stored is None or (stored.found_at, stored.retry_at) != (known.found_at, known.retry_at):
            return False
        del self._data.limitations[known.limitation]
        return True
