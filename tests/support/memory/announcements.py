"""What was announced to the SDAdmins about the bot's secrets, in memory."""

from datetime import datetime

from support.memory.data import Data


class MemoryAnnouncements:
    """The announcements of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, about: str, now: datetime) -> bool:
        if about in self._data.announcements:
            return False
        self._data.announcements[about] = now
        return True

    async def remove(self, about: str) -> bool:
        return self._data.announcements.pop(about, None) is not None
