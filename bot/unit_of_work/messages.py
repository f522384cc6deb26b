"""What is stored of messages: notices about sessions, and invitations to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.i18n import Text
from bot.model.chat_invitation import ChatInvitation
from bot.model.ids import Email, EnterToken, NoticeId, SessionId
from bot.model.invitation import Invitation
from bot.model.notice import Notice, NoticeState
from bot.model.session import Session


class Notices(Protocol):
    async def add(self, notice: Notice) -> None: ...

    async def get(self, notice_id: NoticeId) -> Notice | None: ...

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        """Store a changed notice. False where its state is no longer ``known_state``."""

    async def mark_attempted(self, notice_id: NoticeId, at: datetime) -> bool:
        """Store that a notice is about to be sent. True where an earlier attempt may have sent it."""

    async def mark_pending_as_unsure(self, problem: Text) -> None:
        """Store of every notice whose outcome is not known that it may have been sent."""

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        """List a session's notices, oldest first."""


class ChatInvitations(Protocol):
    """The invitations of requesters in a chat."""

    async def add(self, invitation: ChatInvitation) -> None:
        """Store a new invitation. One that is stored already stays as it is."""

    async def get(self, notice: NoticeId) -> ChatInvitation | None: ...

    async def mark_attempted(self, notice: NoticeId, at: datetime) -> bool:
        """Store that an invitation is about to be sent. True where an earlier attempt may have sent it."""

    async def unmark_attempted(self, notice: NoticeId) -> None:
        """Store that an invitation was certainly not sent."""

    async def store_place(self, invitation: ChatInvitation) -> None:
        """Store where the message of an invitation is, and what it shows."""

    async def of_session(self, session_id: SessionId) -> Sequence[ChatInvitation]: ...


class Invitations(Protocol):
    """The invitations of further technicians to sessions. Lock the session before an invitation to it is saved."""

    async def save(self, invitation: Invitation) -> None:
        """Store an invitation, new or changed. There is one for each session and technician."""

    async def of_session(self, session_id: SessionId) -> Sequence[Invitation]:
        """List the invitations to a session in any state, by the address of who is invited."""

    async def by_token(self, token: EnterToken) -> Invitation | None:
        """Return the invitation whose way in has this token."""

    async def open_of(self, technician: Email, *, limit: int) -> Sequence[tuple[Session, Invitation]]:
        """List the open invitations of a technician to open sessions of others, the newest session first, at most ``limit``."""
