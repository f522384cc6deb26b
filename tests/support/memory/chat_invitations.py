"""Invitations in a chat, in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.model.chat_invitation import ChatInvitation
from bot.model.ids import NoticeId, SessionId
from bot.values import replace


class MemoryChatInvitations:
    """The invitations of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, invitation: ChatInvitation) -> None:
        self._data.chat_invitations.setdefault(invitation.notice, invitation)

    async def get(self, notice: NoticeId) -> ChatInvitation | None:
        return self._data.chat_invitations.get(notice)

    async def mark_attempted(self, notice: NoticeId, at: datetime) -> bool:
        stored = self._data.chat_invitations[notice]
        if stored.attempted_at is not None:
            return True
        self._data.chat_invitations[notice] = replace(stored, attempted_at=at)
        return False

    async def unmark_attempted(self, notice: NoticeId) -> None:
        stored = self._data.chat_invitations[notice]
        self._data.chat_invitations[notice] = replace(stored, attempted_at=None)

    async def store_place(self, invitation: ChatInvitation) -> None:
        stored = self._data.chat_invitations[invitation.notice]
        self._data.chat_invitations[invitation.notice] = replace(
            stored, channel=invitation.channel, message=invitation.message, shown=invitation.shown
        )

    async def of_session(self, session_id: SessionId) -> Sequence[ChatInvitation]:
        found = [one for one in self._data.chat_invitations.values() if one.session == session_id]
        return sorted(found, key=lambda one: one.notice)
