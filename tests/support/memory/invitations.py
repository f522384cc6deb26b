"""Invitations in memory."""

from collections.abc import Sequence

from support.memory.data import Data

from bot.model.ids import Email, EnterToken, SessionId
from bot.model.invitation import Invitation
from bot.model.session import Session


class MemoryInvitations:
    """The invitations to sessions, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def save(self, invitation: Invitation) -> None:
        self._data.invitations[invitation.session_id, invitation.technician] = invitation

    async def of_session(self, session_id: SessionId) -> Sequence[Invitation]:
        found = [one for one in self._data.invitations.values() if one.session_id == session_id]
        return sorted(found, key=lambda one: one.technician)

    async def by_token(self, token: EnterToken) -> Invitation | None:
        return next((one for one in self._data.invitations.values() if one.token == token), None)

    async def open_of(self, technician: Email, *, limit: int) -> Sequence[tuple[Session, Invitation]]:
        found = [
            (session, one)
            for one in self._data.invitations.values()
            if one.is_open and one.technician == technician
            for session in [self._data.sessions[one.session_id].session]
            if session.state.is_open and session.technician != technician
        ]
        return sorted(found, key=lambda pair: (pair[0].created_at, pair[0].id), reverse=True)[:limit]
