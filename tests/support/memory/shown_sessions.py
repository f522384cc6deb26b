"""What a card shows of a session, in memory."""

from collections.abc import Sequence

from support.memory.cards import MemoryCards
from support.memory.chat_invitations import MemoryChatInvitations
from support.memory.data import Data
from support.memory.homes import MemoryHomes
from support.memory.invitations import MemoryInvitations
from support.memory.notices import MemoryNotices
from support.memory.sessions import MemorySessions
from support.memory.switches import MemorySwitchBoard

from bot.model.ids import Email, RequestNumber, SessionId
from bot.model.session import Session
from bot.model.shown_session import SessionPlaces, ShownSession


class MemoryShownSessions:
    """Reads what a card shows, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def get(self, session_id: SessionId) -> ShownSession | None:
        session = await MemorySessions(self._data).get(session_id)
        if session is None:
            return None
        return ShownSession(
            session,
            await MemoryNotices(self._data).of_session(session_id),
            await MemorySwitchBoard(self._data).read(),
            await MemoryInvitations(self._data).of_session(session_id),
            await MemoryCards(self._data).of_session(session_id),
        )

    async def newest_open(self, technician: Email, *, limit: int) -> Sequence[ShownSession]:
        found = await MemorySessions(self._data).open_of_technician(technician)
        return await self._all_of(found[:limit])

    async def open_of_request(self, number: RequestNumber) -> Sequence[ShownSession]:
        return await self._all_of(await MemorySessions(self._data).open_of_request(number))

    async def _all_of(self, sessions: Sequence[Session]) -> Sequence[ShownSession]:
        found = [await self.get(session.id) for session in sessions]
        return [one for one in found if one is not None]

    async def find_places(self, session_id: SessionId) -> SessionPlaces:
        session = await MemorySessions(self._data).get(session_id)
        homes = await MemoryHomes(self._data).of_technician(session.technician) if session else []
        return SessionPlaces(
            await MemoryCards(self._data).of_session(session_id),
            has_chat_invitations=bool(await MemoryChatInvitations(self._data).of_session(session_id)),
            has_invitations=bool(await MemoryInvitations(self._data).of_session(session_id)),
            has_homes=bool(homes),
        )
