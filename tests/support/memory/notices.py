"""Notices in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.i18n import Text
from bot.model.ids import NoticeId, SessionId
from bot.model.notice import Notice, NoticeState
from bot.values import replace


class MemoryNotices:
    """The notices of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, notice: Notice) -> None:
        self._data.notices.setdefault(notice.id, notice)

    async def get(self, notice_id: NoticeId) -> Notice | None:
        return self._data.notices.get(notice_id)

    async def save(self, notice: Notice, *, known_state: NoticeState) -> bool:
        stored = self._data.notices.get(notice.id)
        if stored is None or stored.state is not known_state:
            return False
        self._data.notices[notice.id] = notice
        self._mark_uncounted(notice.session_id)
        return True

    def _mark_uncounted(self, session_id: SessionId) -> None:
        row = self._data.sessions.get(session_id)
        if row is not None and not row.session.state.is_open:
            row.is_uncounted = True

    async def mark_attempted(self, notice_id: NoticeId, at: datetime) -> bool:
        stored = self._data.notices[notice_id]
        if stored.attempted_at is not None:
            return True
        self._data.notices[notice_id] = replace(stored, attempted_at=at)
        return False

    async def mark_pending_as_unsure(self, problem: Text) -> None:
        for notice in list(self._data.notices.values()):
            if notice.state is NoticeState.PENDING:
                changed = replace(notice, state=NoticeState.UNSURE, problem=problem)
                self._data.notices[notice.id] = changed
                self._mark_uncounted(notice.session_id)

    async def of_session(self, session_id: SessionId) -> Sequence[Notice]:
        notices = [one for one in self._data.notices.values() if one.session_id == session_id]
        return sorted(notices, key=lambda one: (one.created_at, one.id))
