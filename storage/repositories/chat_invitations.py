"""Invitations of requesters in a chat: the account of each, and the message that it got."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.chat_invitation import ChatInvitation
from bot.model.ids import NoticeId, SessionId
from bot.model.technician import Actor, Platform
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import chat_invitations

_BY_NOTICE: RowQuery = sa.select(chat_invitations).where(
    chat_invitations.c.notice_id == sa.bindparam("notice_id"),
    chat_invitations.c.org_id == sa.bindparam("org_id"),
)
_OF_SESSION: RowQuery = (
    sa.select(chat_invitations)
    .where(chat_invitations.c.session_id == sa.bindparam("session_id"))
    .order_by(chat_invitations.c.notice_id)
)
_MARK_ATTEMPTED = sa.update(chat_invitations).where(
    chat_invitations.c.notice_id == sa.bindparam("of_notice"), chat_invitations.c.attempted_at.is_(None)
)


class SqlChatInvitationRepository:
    """Stores the invitations of requesters in a chat."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, invitation: ChatInvitation) -> None:
        """Store a new invitation. One that is stored already stays as it is."""
        await self._context.put_off_insert(
            chat_invitations,
            notice_id=invitation.notice,
            org_id=self._context.org_id,
            session_id=invitation.session,
            platform=invitation.actor.platform.value,
            tenant=invitation.actor.tenant,
            user=invitation.actor.user,
            locale=invitation.locale[:20],
            timezone=invitation.timezone[:64],
            marker=invitation.marker,
            attempted_at=invitation.attempted_at,
            **_place_values(invitation),
        )

    async def get(self, notice: NoticeId) -> ChatInvitation | None:
        """Return the invitation of a notice."""
        row = await self._context.fetch_row(_BY_NOTICE, notice_id=notice, org_id=self._context.org_id)
        return _read_invitation(row) if row else None

    async def mark_attempted(self, notice: NoticeId, at: datetime) -> bool:
        """Store that an invitation is about to be sent. True if an earlier attempt may have sent it."""
        result = await self._context.connection.execute(
            _MARK_ATTEMPTED, {"of_notice": notice, "attempted_at": at}
        )
        return result.rowcount == 0

    async def unmark_attempted(self, notice: NoticeId) -> None:
        """Store that an invitation was certainly not sent."""
        await self._context.connection.execute(
            sa.update(chat_invitations)
            .where(chat_invitations.c.notice_id == notice)
            .values(attempted_at=None)
        )

    async def store_place(self, invitation: ChatInvitation) -> None:
        """Store where the message of an invitation is, and what it shows."""
        await self._context.connection.execute(
            sa.update(chat_invitations)
            .where(chat_invitations.c.notice_id == invitation.notice)
            .values(**_place_values(invitation))
        )

    async def of_session(self, session_id: SessionId) -> Sequence[ChatInvitation]:
        """List the invitations of a session."""
        rows = await self._context.fetch_rows(_OF_SESSION, session_id=session_id)
        return [_read_invitation(row) for row in rows]


def _place_values(invitation: ChatInvitation) -> dict[str, str]:
    return {"channel": invitation.channel, "message": invitation.message, "shown": invitation.shown}


def _read_invitation(row: Row) -> ChatInvitation:
    return ChatInvitation(
        notice=NoticeId(row["notice_id"]),
        session=SessionId(row["session_id"]),
        actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
        locale=row["locale"],
        timezone=row["timezone"],
        marker=row["marker"],
        attempted_at=row["attempted_at"],
        channel=row["channel"],
        message=row["message"],
        shown=row["shown"],
    )
