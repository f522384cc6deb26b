"""What a job needs to begin, in memory."""

from collections.abc import Sequence

from support.memory.commands import MemoryCommands
from support.memory.data import Data
from support.memory.notices import MemoryNotices
from support.memory.people import MemoryPeople
from support.memory.sessions import MemorySessions
from support.memory.switches import MemorySwitchBoard

from bot.model.ids import CommandKey, NoticeId, SessionId
from bot.model.notice import Notice
from bot.model.session import Session
from bot.unit_of_work.work import Asked, NoticeToSend, SessionToCreate


class MemoryOpenWork:
    """Reads what jobs need to begin, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def asked(self, command: CommandKey) -> Asked | None:
        origin = await MemoryCommands(self._data).return_address(command)
        if origin is None:
            return None
        stored = await MemoryPeople(self._data).profile(origin.actor)
        profile = stored[0] if stored is not None else None
        return Asked(origin, profile, await MemorySwitchBoard(self._data).read())

    async def asked_for(self, session_id: SessionId) -> Asked | None:
        command = await MemorySessions(self._data).command_key(session_id)
        return None if command is None else await self.asked(command)

    async def session_to_create(self, session_id: SessionId) -> SessionToCreate | None:
        session = await MemorySessions(self._data).get(session_id)
        if session is None:
            return None
        origin = await MemoryCommands(self._data).origin_of(session_id)
        return SessionToCreate(session, origin, await MemorySwitchBoard(self._data).read())

    async def notice_to_send(self, notice_id: NoticeId) -> NoticeToSend | None:
        notice = await MemoryNotices(self._data).get(notice_id)
        session = await MemorySessions(self._data).get(notice.session_id) if notice else None
        if notice is None or session is None:
            return None
        return NoticeToSend(notice, session, await MemorySwitchBoard(self._data).read())

    async def session_with_notices(self, session_id: SessionId) -> tuple[Session, Sequence[Notice]] | None:
        session = await MemorySessions(self._data).get(session_id)
        if session is None:
            return None
        return session, await MemoryNotices(self._data).of_session(session_id)
