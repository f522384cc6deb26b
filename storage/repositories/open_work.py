"""What a job needs to begin, in one query: on PostgreSQL each query costs a message, most of which is waiting and waking."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.model.ids import CommandKey, NoticeId, SessionId
from bot.model.notice import Notice
from bot.model.session import Session
from bot.unit_of_work.work import Asked, NoticeToSend, SessionToCreate
from storage.compiled_statements import Row
from storage.repositories.commands import read_address
from storage.repositories.joined_rows import part_of_row, prefixed
from storage.repositories.notices import read_notice
from storage.repositories.people import read_profile
from storage.repositories.session_row import read_session
from storage.repositories.switches import read_switches
from storage.row_context import RowContext, RowQuery
from storage.tables import commands, notices, profiles, sessions, switches

_SWITCHES = (switches.c.integration, switches.c.widget, switches.c.locations)
_WITH_SWITCHES = sessions.outerjoin(switches, switches.c.org_id == sessions.c.org_id)
_OF_ORG = sessions.c.org_id == sa.bindparam("org_id")
_SESSION_TO_CREATE: RowQuery = (
    sa.select(sessions, *_SWITCHES, *prefixed(commands))
    .select_from(_WITH_SWITCHES.outerjoin(commands, commands.c.key == sessions.c.command_key))
    .where(sessions.c.id == sa.bindparam("id"), _OF_ORG)
)
_NOTICE_TO_SEND: RowQuery = (
    sa.select(sessions, *_SWITCHES, *prefixed(notices))
    .select_from(_WITH_SWITCHES.join(notices, notices.c.session_id == sessions.c.id))
    .where(notices.c.id == sa.bindparam("id"), _OF_ORG)
)
_SESSION_WITH_NOTICES: RowQuery = (
    sa.select(sessions, *prefixed(notices))
    .select_from(sessions.outerjoin(notices, notices.c.session_id == sessions.c.id))
    .where(sessions.c.id == sa.bindparam("id"), _OF_ORG)
    .order_by(notices.c.created_at, notices.c.id)
)
_ASKED = (
    sa.select(commands, *_SWITCHES, *prefixed(profiles))
    .select_from(
        commands.outerjoin(switches, switches.c.org_id == commands.c.org_id).outerjoin(
            profiles,
            sa.and_(
                profiles.c.platform == commands.c.platform,
                profiles.c.tenant == commands.c.tenant,
                profiles.c.user == commands.c.user,
            ),
        )
    )
    .where(commands.c.org_id == sa.bindparam("org_id"))
)
_ASKED_BY_COMMAND: RowQuery = _ASKED.where(commands.c.key == sa.bindparam("key"))
_ASKED_FOR_SESSION: RowQuery = _ASKED.join(sessions, sessions.c.command_key == commands.c.key).where(
    sessions.c.id == sa.bindparam("session_id")
)


class SqlOpenWorkRepository:
    """Reads what jobs need to begin."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def session_to_create(self, session_id: SessionId) -> SessionToCreate | None:
        """Return a session, where its command came from, and the switches. None if the session is not stored."""
        row = await self._context.fetch_row(_SESSION_TO_CREATE, id=session_id, org_id=self._context.org_id)
        if row is None:
            return None
        command = part_of_row(commands, row)
        return SessionToCreate(
            read_session(self._context, row),
            read_address(self._context, command) if command["key"] is not None else None,
            read_switches(row),
        )

    async def notice_to_send(self, notice_id: NoticeId) -> NoticeToSend | None:
        """Return a notice, its session and the switches. None if the notice is not stored."""
        row = await self._context.fetch_row(_NOTICE_TO_SEND, id=notice_id, org_id=self._context.org_id)
        if row is None:
            return None
        notice = read_notice(part_of_row(notices, row))
        return NoticeToSend(notice, read_session(self._context, row), read_switches(row))

    async def session_with_notices(self, session_id: SessionId) -> tuple[Session, Sequence[Notice]] | None:
        """Return a session and its notices, in the order in which they were made. None if the session is not stored."""
        rows = await self._context.fetch_rows(
            _SESSION_WITH_NOTICES, id=session_id, org_id=self._context.org_id
        )
        if not rows:
            return None
        parts = [part_of_row(notices, row) for row in rows]
        return read_session(self._context, rows[0]), [
            read_notice(part) for part in parts if part["id"] is not None
        ]

    async def asked(self, command: CommandKey) -> Asked | None:
        """Return where a command came from, its sender's profile and the switches. None if the command is not stored."""
        return self._read_asked(
            await self._context.fetch_row(_ASKED_BY_COMMAND, key=command, org_id=self._context.org_id)
        )

    async def asked_for(self, session_id: SessionId) -> Asked | None:
        """Return the same for the command that created a session."""
        values = {"session_id": session_id, "org_id": self._context.org_id}
        return self._read_asked(await self._context.fetch_row(_ASKED_FOR_SESSION, **values))

    def _read_asked(self, row: Row | None) -> Asked | None:
        if row is None:
            return None
        profile = part_of_row(profiles, row)
        return Asked(
            read_address(self._context, row),
            read_profile(profile) if profile["user"] is not None else None,
            read_switches(row),
        )
