"""When the last verified request of each outside system arrived, in memory."""

from collections.abc import Mapping
from datetime import datetime

from support.memory.data import Data

from bot.model.delivery import DeliverySource


class MemoryDeliveries:
    """The deliveries of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def note(self, source: DeliverySource, at: datetime) -> None:
        self._data.deliveries[source] = max(at, self._data.deliveries.get(source, at))

    async def last(self) -> Mapping[DeliverySource, datetime]:
        return dict(self._data.deliveries)
