"""Sessions, each with the key of the command that created it."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from bot.errors import too_many_conflicts
from bot.model.ids import CommandKey, Email, JoinToken, RequestNumber, SessionId, request_number
from bot.model.session import Session, State
from storage.repositories.session_row import (
    OPEN_STATES,
    digest_join_token,
    read_session,
    session_values,
    slot_of,
)
from storage.row_context import RowContext, RowQuery
from storage.tables import sessions

_INSERT_ATTEMPTS = 5
_LIVE_STATES = [state.value for state in State if state.is_live]


class SqlSessionRepository:
    """Stores sessions. A version on each row detects changes by another transaction."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        """Store a new session, unless one is open for its request, technician and kind. ``another`` allows a second one.

        Returns the new session if it was stored, else the one that is open. Raises NotConfirmed after five conflicts.
        """
        slot = None if another else slot_of(session)
        values = session_values(self._context, session) | {
            "id": session.id,
            "slot": slot,
            "command_key": command_key,
        }
        for _attempt in range(_INSERT_ATTEMPTS):
            if await self._context.insert_if_absent(sessions, **values):
                return session
            existing = await self.get(session.id)
            if existing is None and slot is not None:
                existing = await self._fetch_first(sessions.c.slot == slot)
            if existing is not None:
                return existing
            # On PostgreSQL the open session may end between the insert and the query. Then its slot is free again.
        raise too_many_conflicts()

    async def get(self, session_id: SessionId) -> Session | None:
        """Return a session by our id."""
        return await self._fetch_first(sessions.c.id == session_id)

    async def by_join_token(self, token: JoinToken) -> Session | None:
        """Return the session whose join page has this token in its address."""
        return await self._fetch_first(sessions.c.join_digest == digest_join_token(token))

    async def save(self, session: Session, *, known_version: int) -> bool:
        """Store a changed session. False if its stored version is no longer ``known_version``."""
        values = session_values(self._context, session)
        if not session.is_usable:
            # A session that is over no longer blocks a new one, nor does one whose end was asked for.
            values["slot"] = None
        result = await self._context.connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session.id, sessions.c.version == known_version)
            .values(**values)
        )
        return result.rowcount == 1

    async def mark_attempted(self, session_id: SessionId, account: str, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked, and with which account. True if it was asked before."""
        result = await self._context.connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id, sessions.c.attempted_at.is_(None))
            .values(attempted_at=at, account=account)
        )
        return result.rowcount == 0

    async def mark_reminded(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        """Mark the open sessions whose link expires by ``before`` as reminded. Returns the newly marked ones."""
        statement = (
            sa.update(sessions)
            .where(
                sessions.c.org_id == self._context.org_id,
                sessions.c.state.in_(_LIVE_STATES),
                sessions.c.valid_until <= before,
                sessions.c.reminded_at.is_(None),
            )
            .values(reminded_at=now)
            .returning(sessions.c.id)
        )
        ids = (await self._context.connection.execute(statement)).scalars()
        return [SessionId(session_id) for session_id in ids]

    async def set_close_after(self, session_id: SessionId, at: datetime | None) -> None:
        """Store when TeamViewer is to be asked to close a session that is over here. None: nothing is open there."""
        await self._context.connection.execute(
            sa.update(sessions).where(sessions.c.id == session_id).values(close_after=at)
        )

    async def due_to_close(self, now: datetime) -> Sequence[Session]:
        """List the sessions that TeamViewer is to be asked to close by now, newest first."""
        return await self._fetch_all(self._query(sessions.c.close_after <= now))

    async def has_to_close(self, technician: Email, account: str) -> bool:
        """Return whether a session of a technician has still to be closed in one TeamViewer account."""
        is_ending = sa.and_(sessions.c.state.in_(OPEN_STATES), sessions.c.ending_since.is_not(None))
        to_close = self._query(
            sessions.c.technician == technician,
            sessions.c.account == account,
            sa.or_(is_ending, sessions.c.close_after.is_not(None)),
        )
        return bool(await self._context.fetch_rows(to_close.limit(1)))

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete sessions that are over and were created before ``before``. The database deletes their notices and cards."""
        return await self._context.delete_some(
            sessions,
            sessions.c.org_id == self._context.org_id,
            sessions.c.state.not_in(OPEN_STATES),
            sessions.c.created_at < before,
            limit=limit,
        )

    async def delete(self, session_id: SessionId) -> None:
        """Delete a session that was never created at TeamViewer."""
        await self._context.connection.execute(sa.delete(sessions).where(sessions.c.id == session_id))

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        """Return the key of the command that created a session."""
        query = sa.select(sessions.c.command_key).where(sessions.c.id == session_id)
        return cast("CommandKey | None", (await self._context.connection.execute(query)).scalar_one_or_none())

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]:
        """List the open sessions of a request, newest first."""
        return await self._fetch_all(
            self._query(sessions.c.number == number, sessions.c.state.in_(OPEN_STATES))
        )

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        """List the open sessions of a technician, newest first."""
        return await self._fetch_all(
            self._query(sessions.c.technician == technician, sessions.c.state.in_(OPEN_STATES))
        )

    async def open_called(self, reference: str) -> Sequence[Session]:
        """List the open sessions that ``reference`` names (``Session.is_called``), newest first."""
        code = sa.func.lower(sa.func.replace(sessions.c.code, "-", ""))
        is_called = sa.or_(sessions.c.number == reference, code == reference)
        return await self._fetch_all(self._query(sessions.c.state.in_(OPEN_STATES), is_called))

    async def open_about(self, reference: str) -> Sequence[Session]:
        """List the open sessions of a request, by its long id or its display number, newest first."""
        is_about = sessions.c.request_id == reference
        number = request_number(reference)
        if number is not None:
            is_about = sa.or_(is_about, sessions.c.number == number)
        return await self._fetch_all(self._query(sessions.c.state.in_(OPEN_STATES), is_about))

    async def all_open(self) -> Sequence[Session]:
        """List every open session, newest first. With thousands of them nothing else happens for a second."""
        return await self._fetch_all(self._query(sessions.c.state.in_(OPEN_STATES)))

    async def open_page(self, *, after: SessionId | None, limit: int) -> Sequence[Session]:
        """List open sessions in the order of their ids: the first ones after ``after``."""
        query = (
            sa.select(sessions)
            .where(sessions.c.org_id == self._context.org_id, sessions.c.state.in_(OPEN_STATES))
            .order_by(sessions.c.id)
            .limit(limit)
        )
        return await self._fetch_all(query if after is None else query.where(sessions.c.id > after))

    async def over_but_online(self, since: datetime) -> Sequence[Session]:
        """List the sessions that ended at or after ``since`` while TeamViewer still shows the requester there."""
        return await self._fetch_all(
            self._query(
                sessions.c.state.not_in(OPEN_STATES), sessions.c.is_online, sessions.c.ended_at >= since
            )
        )

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        """List sessions, newest first: those older than ``after``, or else a page of ``limit - 1`` sessions and one more.

        ``after`` takes the same time however many sessions are newer. A page number makes the database count them.
        """
        query = self._query()
        if number is not None:
            query = query.where(sessions.c.number == number)
        if technician is not None:
            query = query.where(sessions.c.technician == technician)
        if after is None:
            return await self._fetch_all(query.limit(limit).offset((page - 1) * (limit - 1)))
        is_older = await self._is_older_than(after)
        return [] if is_older is None else await self._fetch_all(query.where(is_older).limit(limit))

    async def _is_older_than(self, session_id: SessionId) -> sa.ColumnElement[bool] | None:
        """Return the condition that a session is older than a given one. None if that one is not stored."""
        query = sa.select(sessions.c.created_at, sessions.c.id).where(sessions.c.id == session_id)
        row = (await self._context.connection.execute(query)).one_or_none()
        if row is None:
            return None
        return sa.tuple_(sessions.c.created_at, sessions.c.id) < sa.tuple_(
            sa.literal(row.created_at, sessions.c.created_at.type), sa.literal(row.id)
        )

    def _query(self, *conditions: sa.ColumnElement[bool]) -> RowQuery:
        return (
            sa.select(sessions)
            .where(sessions.c.org_id == self._context.org_id, *conditions)
            .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        )

    async def _fetch_first(self, condition: sa.ColumnElement[bool]) -> Session | None:
        matches = await self._fetch_all(self._query(condition).limit(1))
        return matches[0] if matches else None

    async def _fetch_all(self, query: RowQuery) -> Sequence[Session]:
        rows = await self._context.fetch_rows(query)
        return [read_session(self._context, row) for row in rows]
