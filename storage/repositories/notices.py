"""Notices: the mails and SMS about a session, each with its recipient and its state."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.i18n import Text
from bot.model.ids import NoticeId, SessionId
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OVER, notices, sessions

_BY_ID: RowQuery = sa.select(notices).where(notices.c.id == sa.bindparam("id"))
_OF_SESSION: RowQuery = (
    sa.select(notices)
    .where(notices.c.session_id == sa.bindparam("session_id"))
    .order_by(notices.c.created_at, notices.c.id)
)
_SAVE = sa.update(notices).where(
    notices.c.id == sa.bindparam("of_id"), notices.c.state == sa.bindparam("known_state")
)
_MARK_ATTEMPTED = sa.update(notices).where(
    notices.c.id == sa.bindparam("of_id"), notices.c.attempted_at.is_(None)
)
_MARK_UNCOUNTED = sa.update(sessions).where(sessions.c.id == sa.bindparam("of_session"), IS_OVER)
"""A notice of a session that is over may be counted already: the session is counted again."""


class SqlNoticeRepository:
    """Stores the notices of sessions."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, notice: Notice) -> None:
        """Store a new notice. A notice that is stored already stays as it is."""
        await self._context.put_off_insert(
            notices, id=notice.id, org_id=self._context.org_id, **_row_values(notice)
        )

    async def get(self, notice_id: NoticeId) -> Notice | None:
        """Return a notice by its id."""
        row = await self._context.fetch_row(_BY_ID, id=notice_id)
        return read_notice(row) if row else None

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        """Store a changed notice. False if its state is no longer ``known_state``."""
        is_saved = await self._context.execute(
            _SAVE, **_row_values(notice), of_id=notice.id, known_state=known_state.value
        )
        if not is_saved:
            return False
        await self._context.put_off(_MARK_UNCOUNTED, of_session=notice.session_id, is_uncounted=True)
        return True

    async def mark_attempted(self, notice_id: NoticeId, at: datetime) -> bool:
        """Store that a notice is about to be sent. True if an earlier attempt may have sent it."""
        return not await self._context.execute(_MARK_ATTEMPTED, of_id=notice_id, attempted_at=at)

    async def mark_pending_as_unsure(self, problem: Text) -> None:
        """Store of every notice whose outcome is not known that it may have been sent."""
        pending = sa.select(notices.c.session_id).where(
            notices.c.org_id == self._context.org_id, notices.c.state == NoticeState.PENDING.value
        )
        await self._context.connection.execute(
            sa.update(sessions).where(sessions.c.id.in_(pending), IS_OVER).values(is_uncounted=True)
        )
        await self._context.connection.execute(
            sa.update(notices)
            .where(notices.c.org_id == self._context.org_id, notices.c.state == NoticeState.PENDING.value)
            .values(state=NoticeState.UNSURE.value, problem=problem.to_json())
        )

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        """List a session's notices, oldest first."""
        rows = await self._context.fetch_rows(_OF_SESSION, session_id=session_id)
        return [read_notice(row) for row in rows]


def _row_values(notice: Notice) -> dict[str, object]:
    return {
        "session_id": notice.session_id,
        "recipient": notice.recipient.value,
        "channel": notice.channel.value,
        "state": notice.state.value,
        "created_at": notice.created_at,
        "attempted_at": notice.attempted_at,
        "problem": notice.problem.to_json() if notice.problem else None,
        "declined_at": notice.declined_at,
    }


def read_notice(row: Row) -> Notice:
    """Return the notice in a row of ``notices``."""
    return Notice(
        id=NoticeId(row["id"]),
        session_id=SessionId(row["session_id"]),
        recipient=Recipient(row["recipient"]),
        channel=Channel(row["channel"]),
        state=NoticeState(row["state"]),
        created_at=row["created_at"],
        attempted_at=row["attempted_at"],
        problem=Text.from_json(row["problem"]) if row["problem"] else None,
        declined_at=row["declined_at"],
    )
