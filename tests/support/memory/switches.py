"""The switches in memory."""

from support.memory.data import Data

from bot.model.switches import Switches


class MemorySwitchBoard:
    """The switches of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def read(self) -> Switches:
        return self._data.switches

    async def lock(self) -> Switches:
        return self._data.switches

    async def write(self, switches: Switches) -> None:
        self._data.switches = switches
