"""Sessions, each with the key of the command that created it."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.errors import database_unavailable, too_many_conflicts
from bot.model.ids import (
    CommandKey,
    Email,
    JoinToken,
    OutageId,
    RequestId,
    RequestNumber,
    SessionId,
    request_number,
)
from bot.model.listed_session import ListedSession
from bot.model.session import Session, SessionSummary, State
from storage.repositories.session_queries import (
    LIMIT,
    NEWEST_FIRST,
    OWN,
    PLACE_IN_HISTORY,
    SKIPPED,
    history_query,
    select_sessions,
)
from storage.repositories.session_row import (
    LISTED_COLUMNS,
    changed_values,
    digest_join_token,
    read_listed,
    read_session,
    read_summary,
    session_values,
    slot_of,
)
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OF_OUTAGE, IS_ONLINE, IS_OPEN, IS_OVER, renewals, sessions

_INSERT_ATTEMPTS = 5
_LIVE_STATES = [state.value for state in State if state.is_live]
_BY_ID = select_sessions(sessions.c.id == sa.bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_HOLD = (
    sa.select(sessions.c.id)
    .where(sessions.c.id == sa.bindparam("id"), sessions.c.org_id == sa.bindparam("org_id"))
    .with_for_update()
)
_COMMAND_KEY = sa.select(sessions.c.command_key).where(sessions.c.id == sa.bindparam("id"))
_BY_JOIN_DIGEST = select_sessions(sessions.c.join_digest == sa.bindparam("digest"))
_BY_SLOT = select_sessions(sessions.c.slot == sa.bindparam("slot"))
_OPEN_OF_REQUEST = select_sessions(IS_OPEN, sessions.c.number == sa.bindparam("number"))
_OPEN_BY_CODE = select_sessions(IS_OPEN, sessions.c.bare_code == sa.bindparam("code"))
_OPEN_BY_FORMER_CODE = select_sessions(
    IS_OPEN,
    sessions.c.id.in_(
        sa.select(renewals.c.session_id).where(
            renewals.c.org_id == sa.bindparam("org_id"), renewals.c.bare_code == sa.bindparam("code")
        )
    ),
)
_OPEN_BY_REQUEST_ID = select_sessions(IS_OPEN, sessions.c.request_id == sa.bindparam("request_id"))
_OPEN_OF_TECHNICIAN = select_sessions(IS_OPEN, sessions.c.technician == sa.bindparam("technician"))
_OPEN_PAGE = (
    sa.select(sessions)
    .where(OWN, IS_OPEN, sessions.c.id > sa.bindparam("after"))
    .order_by(sessions.c.id)
    .limit(LIMIT)
)
_PLAIN_COLUMNS = [column for column in sessions.c if not column.name.startswith("sealed_")]
_SUMMARIES_OF_OUTAGE: RowQuery = (
    sa.select(*_PLAIN_COLUMNS)
    .where(OWN, IS_OF_OUTAGE, sessions.c.outage_id == sa.bindparam("outage_id"))
    .order_by(*NEWEST_FIRST)
)
_SUMMARIES = (
    sa.select(*_PLAIN_COLUMNS)
    .where(OWN, sessions.c.technician == sa.bindparam("technician"))
    .order_by(*NEWEST_FIRST)
    .limit(LIMIT)
)
_NEWEST_CREATED = (
    sa.select(sessions.c.created_at)
    .where(
        OWN,
        sessions.c.technician == sa.bindparam("technician"),
        sessions.c.created_at > sa.bindparam("since", type_=sessions.c.created_at.type),
    )
    .order_by(*NEWEST_FIRST)
    .limit(LIMIT)
)
_LISTED_OPEN = (
    _SUMMARIES.with_only_columns(*(sessions.c[name] for name in LISTED_COLUMNS))
    .where(IS_OPEN)
    .offset(SKIPPED)
)
_OVER_SUMMARIES = _SUMMARIES.where(IS_OVER)
_OVER_BUT_ONLINE = select_sessions(IS_OVER, IS_ONLINE, sessions.c.ended_at >= sa.bindparam("since"))
_DUE_TO_CLOSE = select_sessions(sessions.c.close_after <= sa.bindparam("now"))
_IN_ACCOUNT = (
    sessions.c.technician == sa.bindparam("technician"),
    sessions.c.account == sa.bindparam("account"),
)
_ENDING_IN_ACCOUNT = select_sessions(IS_OPEN, *_IN_ACCOUNT, sessions.c.ending_since.is_not(None)).limit(1)
_TO_CLOSE_IN_ACCOUNT = select_sessions(sessions.c.close_after.is_not(None), *_IN_ACCOUNT).limit(1)


_SAVE = sa.update(sessions).where(
    sessions.c.id == sa.bindparam("of_id"), sessions.c.version == sa.bindparam("known_version")
)
_MARK_ATTEMPTED = sa.update(sessions).where(
    sessions.c.id == sa.bindparam("of_id"), sessions.c.attempted_at.is_(None)
)


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
                existing = await self._fetch_first(_BY_SLOT, slot=slot)
            if existing is not None:
                return existing
            # On PostgreSQL the open session may end between the insert and the query. Then its slot is free again.
        raise too_many_conflicts()

    async def get(self, session_id: SessionId) -> Session | None:
        """Return a session by our id."""
        return await self._fetch_first(_BY_ID, id=session_id)

    async def lock(self, session_id: SessionId) -> Session | None:
        """Return a session by our id, and keep other transactions from changing or locking it until this one ends."""
        return await self._fetch_first(_BY_ID_LOCKED, id=session_id)

    async def hold(self, session_id: SessionId) -> None:
        """Keep other transactions from changing or locking a session until this one ends, from the next statement on."""
        await self._context.put_off(_HOLD, id=session_id, org_id=self._context.org_id)

    async def by_join_token(self, token: JoinToken) -> Session | None:
        """Return the session whose join page has this token in its address."""
        return await self._fetch_first(_BY_JOIN_DIGEST, digest=digest_join_token(token))

    async def save(self, session: Session, *, known: Session) -> bool:
        """Store what has changed of a session since it was read as ``known``. False if it was changed meanwhile."""
        values = changed_values(self._context, session, known)
        if not session.is_usable:
            # A session that is over no longer blocks a new one, nor does one whose end was asked for.
            values["slot"] = None
        if not session.state.is_open:
            values["is_uncounted"] = True
        saved = await self._context.execute(_SAVE, **values, of_id=session.id, known_version=known.version)
        return saved == 1

    async def mark_attempted(self, session_id: SessionId, account: str, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked, and with which account. True if it was asked before."""
        return not await self._context.execute(
            _MARK_ATTEMPTED, of_id=session_id, attempted_at=at, account=account
        )

    async def unmark_attempted(self, session_id: SessionId) -> None:
        """Store that TeamViewer was certainly not asked. A session that is no longer being created stays as it is."""
        await self._context.connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id, sessions.c.state == State.CREATING.value)
            .values(attempted_at=None, account=None)
        )

    async def mark_reminded(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        """Mark the open sessions whose link expires by ``before`` as reminded. Returns the newly marked ones."""
        statement = (
            sa.update(sessions)
            .where(
                sessions.c.org_id == self._context.org_id,
                IS_OPEN,  # for its index
                sessions.c.state.in_(_LIVE_STATES),
                sessions.c.valid_until <= before,
                sessions.c.reminded_at.is_(None),
            )
            .values(reminded_at=now)
            .returning(sessions.c.id)
        )
        ids = (await self._context.connection.execute(statement)).scalars()
        return [SessionId(session_id) for session_id in ids]

    async def forget_reminder(self, session_id: SessionId) -> None:
        """Let a session be reminded of once more: it has a new expiry."""
        await self._context.connection.execute(
            sa.update(sessions).where(sessions.c.id == session_id).values(reminded_at=None)
        )

    async def move_to_technician(self, session: Session, command_key: CommandKey) -> None:
        """Store what belongs to the technician who a session was handed over to, after ``save``.

        ``command_key`` is the command that answers go to from now on. The slot of the former technician is free again. The
        new one's is taken, unless they have a session for the request already.
        """
        slot = slot_of(session)
        is_taken = await self._fetch_first(_BY_SLOT, slot=slot) is not None
        statement = (
            sa.update(sessions)
            .where(sessions.c.id == session.id)
            .values(command_key=command_key, slot=None if is_taken else slot)
        )
        try:
            await self._context.connection.execute(statement)
        except IntegrityError:
            # Another transaction took the slot in this moment. The next try sees that.
            raise database_unavailable() from None

    async def set_close_after(self, session_id: SessionId, at: datetime | None) -> None:
        """Store when TeamViewer is to be asked to close a session that is over here. None: nothing is open there."""
        await self._context.connection.execute(
            sa.update(sessions).where(sessions.c.id == session_id).values(close_after=at)
        )

    async def due_to_close(self, now: datetime) -> Sequence[Session]:
        """List the sessions that TeamViewer is to be asked to close by now, newest first."""
        return await self._fetch_all(_DUE_TO_CLOSE, now=now)

    async def newest_created(self, technician: Email, *, since: datetime, limit: int) -> Sequence[datetime]:
        """List when the stored sessions of a technician were created: the ``limit`` newest after ``since``, newest first."""
        values = {"technician": technician, "since": since, "limit": limit}
        rows = await self._context.connection.execute(
            _NEWEST_CREATED, values | {"org_id": self._context.org_id}
        )
        return list(rows.scalars())

    async def has_to_close(self, technician: Email, account: str) -> bool:
        """Return whether a session of a technician has still to be closed in one TeamViewer account."""
        for query in (_ENDING_IN_ACCOUNT, _TO_CLOSE_IN_ACCOUNT):
            if await self._fetch_first(query, technician=technician, account=account) is not None:
                return True
        return False

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete sessions that are over, counted, and were created before that. The database deletes their notices and cards."""
        return await self._context.delete_some(
            sessions,
            sessions.c.org_id == self._context.org_id,
            IS_OVER,
            sessions.c.created_at < before,
            sessions.c.is_uncounted.is_(sa.false()),
            limit=limit,
        )

    async def delete(self, session_id: SessionId) -> None:
        """Delete a session that was never created at TeamViewer."""
        await self._context.connection.execute(sa.delete(sessions).where(sessions.c.id == session_id))

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        """Return the key of the command that created a session."""
        return cast("CommandKey | None", await self._context.fetch_value(_COMMAND_KEY, id=session_id))

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]:
        """List the open sessions of a request, newest first."""
        return await self._fetch_all(_OPEN_OF_REQUEST, number=number)

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        """List all open sessions of a technician, newest first."""
        return await self._fetch_all(_OPEN_OF_TECHNICIAN, technician=technician)

    async def open_called(self, reference: str) -> Sequence[Session]:
        """List the open sessions that ``reference`` names (``Session.is_called``), newest first."""
        # A number and a code never look alike, so one index is enough for each.
        number = request_number(reference)
        if number is not None:
            return await self.open_of_request(number)
        # A code that was replaced is looked for only where no open session has it.
        found = await self._fetch_all(_OPEN_BY_CODE, code=reference)
        return found or await self._fetch_all(_OPEN_BY_FORMER_CODE, code=reference)

    async def open_about(self, reference: str) -> Sequence[Session]:
        """List the open sessions of a request, by its long id or its display number, newest first."""
        found = list(await self._fetch_all(_OPEN_BY_REQUEST_ID, request_id=RequestId(reference)))
        number = request_number(reference)
        if number is not None:
            known = {session.id for session in found}
            found += [one for one in await self.open_of_request(number) if one.id not in known]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)

    async def open_page(self, *, after: SessionId | None, limit: int) -> Sequence[Session]:
        """List open sessions in the order of their ids: the first ones after ``after``."""
        return await self._fetch_all(_OPEN_PAGE, after=after or "", limit=limit)

    async def listed_open(
        self, technician: Email, *, limit: int, skipped: int = 0
    ) -> Sequence[ListedSession]:
        """List open sessions of a technician, newest first: ``limit`` of them after the ``skipped`` first ones."""
        return await self._context.fetch_read(
            _LISTED_OPEN,
            read_listed,
            org_id=self._context.org_id,
            technician=technician,
            limit=limit,
            skipped=skipped,
        )

    async def summaries_of_outage(self, outage: OutageId) -> Sequence[SessionSummary]:
        """List the sessions of an outage in any state, newest first."""
        return await self._fetch_summaries(_SUMMARIES_OF_OUTAGE, outage_id=outage)

    async def summaries_of_over(self, technician: Email, *, limit: int) -> Sequence[SessionSummary]:
        """List the newest sessions of a technician that are not open any more."""
        return await self._fetch_summaries(_OVER_SUMMARIES, technician=technician, limit=limit)

    async def over_but_online(self, since: datetime) -> Sequence[Session]:
        """List the sessions that ended at or after ``since`` while TeamViewer still shows the requester there."""
        return await self._fetch_all(_OVER_BUT_ONLINE, since=since)

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
        values: dict[str, object] = {"limit": limit}
        if number is not None:
            values["number"] = number
        if technician is not None:
            values["technician"] = technician
        if after is None:
            values["skipped"] = (page - 1) * (limit - 1)
        else:
            last = await self._context.fetch_row(PLACE_IN_HISTORY, id=after)
            if last is None:
                return []
            values |= {"last_created_at": last["created_at"], "last_id": last["id"]}
        return await self._fetch_all(history_query(frozenset(values)), **values)

    async def _fetch_first(self, query: RowQuery, **values: object) -> Session | None:
        """Return the first session of a query that finds one at most, or any."""
        matches = await self._fetch_all(query, **values)
        return matches[0] if matches else None

    async def _fetch_summaries(self, query: RowQuery, **values: object) -> Sequence[SessionSummary]:
        rows = await self._context.fetch_rows(query, org_id=self._context.org_id, **values)
        return [read_summary(row) for row in rows]

    async def _fetch_all(self, query: RowQuery, **values: object) -> Sequence[Session]:
        rows = await self._context.fetch_rows(query, org_id=self._context.org_id, **values)
        return [read_session(self._context, row) for row in rows]
