"""Sessions, each with the key of the command it came from."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from bot.errors import too_many_conflicts
from bot.i18n import Text
from bot.model.ids import (
    CommandKey,
    Email,
    JoinToken,
    OrgId,
    RequestId,
    RequestNumber,
    SessionCode,
    SessionId,
)
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from storage.row_context import RowContext
from storage.tables import sessions

_ATTEMPTS = 5
_OPEN = [state.value for state in State if state.is_open]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret else ""


def _slot(session: Session) -> str:
    return f"{session.number}:{session.technician}:{session.kind}"


class SessionRows:
    """The repository of sessions."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        """Keep a new session, unless one is open for its request, technician and kind.

        Returns the one that stands: the new one where it was kept. On PostgreSQL the one in its way may end before it
        is read; then its place is free. Raises NotConfirmed where that goes on.
        """
        slot = None if another else _slot(session)
        values = self._values(session) | {"id": session.id, "slot": slot, "command_key": command_key}
        for _attempt in range(_ATTEMPTS):
            if await self._context.insert_new(sessions, **values):
                return session
            existing = await self.get(session.id)
            if existing is None and slot is not None:
                existing = await self._one(sessions.c.slot == slot)
            if existing is not None:
                return existing
        raise too_many_conflicts()

    async def get(self, session_id: SessionId) -> Session | None:
        """Return a session by our id."""
        return await self._one(sessions.c.id == session_id)

    async def by_join_token(self, token: JoinToken) -> Session | None:
        """Return the session whose join page this token opens."""
        return await self._one(sessions.c.join_digest == _digest(token))

    async def save(self, session: Session, *, known_version: int) -> bool:
        """Keep a changed session. False where somebody else changed it since ``known_version``."""
        values = self._values(session)
        if not session.state.is_open:
            values["slot"] = None
        result = await self._context.connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session.id, sessions.c.version == known_version)
            .values(**values)
        )
        return result.rowcount == 1

    async def attempt(self, session_id: SessionId, account: str, at: datetime) -> bool:
        """Note that TeamViewer is about to be asked, in which account. True where it had been asked before."""
        result = await self._context.connection.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id, sessions.c.attempted_at.is_(None))
            .values(attempted_at=at, account=account)
        )
        return result.rowcount == 0

    async def remind(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        """Note that the technicians of sessions whose link expires by ``before`` are reminded; once each."""
        statement = (
            sa.update(sessions)
            .where(
                sessions.c.org_id == self._context.org_id,
                sessions.c.state.in_([State.WAITING.value, State.CONNECTED.value]),
                sessions.c.valid_until <= before,
                sessions.c.reminded_at.is_(None),
            )
            .values(reminded_at=now)
            .returning(sessions.c.id)
        )
        return [SessionId(one) for one in (await self._context.connection.execute(statement)).scalars()]

    async def purge(self, before: datetime) -> None:
        """Forget sessions that were over by then, with their notices and cards."""
        await self._context.connection.execute(
            sa.delete(sessions).where(
                sessions.c.org_id == self._context.org_id,
                sessions.c.state.not_in(_OPEN),
                sessions.c.created_at < before,
            )
        )

    async def drop(self, session_id: SessionId) -> None:
        """Forget a session that never came to be."""
        await self._context.connection.execute(sa.delete(sessions).where(sessions.c.id == session_id))

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        """Return the key of the command that created it."""
        query = sa.select(sessions.c.command_key).where(sessions.c.id == session_id)
        return cast("CommandKey | None", (await self._context.connection.execute(query)).scalar_one_or_none())

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]:
        """List the open sessions of a request, the newest first."""
        return await self._many(self._query(sessions.c.number == number, sessions.c.state.in_(_OPEN)))

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        """List the open sessions of a technician, the newest first."""
        return await self._many(self._query(sessions.c.technician == technician, sessions.c.state.in_(_OPEN)))

    async def all_open(self) -> Sequence[Session]:
        """List every open session, the newest first."""
        return await self._many(self._query(sessions.c.state.in_(_OPEN)))

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        """List sessions, the newest first: those after a session, else from a page on (its length is ``limit - 1``).

        Going on after a session takes the same time however many come before it; a page that is typed is counted off.
        """
        query = self._query()
        if number is not None:
            query = query.where(sessions.c.number == number)
        if technician is not None:
            query = query.where(sessions.c.technician == technician)
        if after is None:
            return await self._many(query.limit(limit).offset((page - 1) * (limit - 1)))
        last = sa.select(sessions.c.created_at, sessions.c.id).where(sessions.c.id == after)
        found = (await self._context.connection.execute(last)).one_or_none()
        if found is None:
            return []
        older = sa.tuple_(sessions.c.created_at, sessions.c.id) < sa.tuple_(
            sa.literal(found.created_at, sessions.c.created_at.type), sa.literal(found.id)
        )
        return await self._many(query.where(older).limit(limit))

    def _query(self, *conditions: sa.ColumnElement[bool]) -> "sa.Select[*tuple[Any, ...]]":
        return (
            sa.select(sessions)
            .where(sessions.c.org_id == self._context.org_id, *conditions)
            .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        )

    async def _one(self, condition: sa.ColumnElement[bool]) -> Session | None:
        found = await self._many(self._query(condition).limit(1))
        return found[0] if found else None

    async def _many(self, query: "sa.Select[*tuple[Any, ...]]") -> Sequence[Session]:
        rows = (await self._context.connection.execute(query)).mappings().all()
        return [self._session(row) for row in rows]

    def _values(self, session: Session) -> dict[str, Any]:
        requester = session.requester
        row = f"sessions/{session.id}"
        return {
            "org_id": session.org_id,
            "number": session.number,
            "kind": session.kind.value,
            "state": session.state.value,
            "version": session.version,
            "technician": session.technician,
            "technician_name": session.technician_name,
            "note": session.note,
            "request_id": session.request_id,
            "request_url": session.request_url,
            "subject": session.subject,
            "requester_name": requester.name if requester else None,
            "requester_email": requester.email if requester else None,
            "sealed_requester_phone": self._context.seal(
                requester.phone if requester else None, f"{row}/phone"
            ),
            "account": session.account,
            "code": session.code,
            "join_digest": _digest(session.join_token),
            "sealed_join_token": self._context.seal(Secret(session.join_token), f"{row}/join_token"),
            "sealed_requester_link": self._context.seal(session.requester_link, f"{row}/requester_link"),
            "sealed_supporter_link": self._context.seal(session.supporter_link, f"{row}/supporter_link"),
            "valid_until": session.valid_until,
            "created_at": session.created_at,
            "connected_at": session.connected_at,
            "connected_seconds": session.connected_seconds,
            "device": session.device,
            "ended_at": session.ended_at,
            "ended_by": session.ended_by,
            "problem": session.problem.to_json() if session.problem else None,
        }

    def _session(self, row: sa.RowMapping) -> Session:
        place = f"sessions/{row['id']}"
        requester = None
        if row["requester_name"] is not None:
            phone = self._context.open(row["sealed_requester_phone"], f"{place}/phone")
            requester = Requester(row["requester_name"], row["requester_email"], phone)
        return Session(
            id=SessionId(row["id"]),
            org_id=OrgId(row["org_id"]),
            number=RequestNumber(row["number"]),
            kind=Kind(row["kind"]),
            technician=Email(row["technician"]),
            technician_name=row["technician_name"],
            join_token=JoinToken(
                _revealed(self._context.open(row["sealed_join_token"], f"{place}/join_token"))
            ),
            created_at=row["created_at"],
            state=State(row["state"]),
            version=row["version"],
            note=row["note"],
            request_id=RequestId(row["request_id"]) if row["request_id"] else None,
            subject=row["subject"],
            request_url=row["request_url"],
            requester=requester,
            account=row["account"],
            code=SessionCode(row["code"]) if row["code"] else None,
            requester_link=self._context.open(row["sealed_requester_link"], f"{place}/requester_link"),
            supporter_link=self._context.open(row["sealed_supporter_link"], f"{place}/supporter_link"),
            valid_until=row["valid_until"],
            connected_at=row["connected_at"],
            connected_seconds=row["connected_seconds"],
            device=row["device"],
            ended_at=row["ended_at"],
            ended_by=row["ended_by"],
            problem=Text.from_json(row["problem"]) if row["problem"] else None,
        )
