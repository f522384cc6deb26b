"""Sessions in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from support.memory.data import Data, SessionRow

from bot.model.ids import CommandKey, Email, JoinToken, OutageId, RequestNumber, SessionId, request_number
from bot.model.listed_session import ListedSession
from bot.model.session import Session, SessionSummary, State
from bot.values import field_names, replace

Shown = TypeVar("Shown", bound=ListedSession)


class MemorySessions:
    """The sessions of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def open(self, session: Session, command_key: CommandKey, *, another: bool) -> Session:
        slot = None if another else f"{session.number}:{session.technician}:{session.kind}"
        stored = self._data.sessions.get(session.id)
        if stored is not None:
            return stored.session
        for other in self._data.sessions.values():
            if slot is not None and other.slot == slot:
                return other.session
        self._data.sessions[session.id] = SessionRow(session, command_key, slot)
        return session

    async def get(self, session_id: SessionId) -> Session | None:
        stored = self._data.sessions.get(session_id)
        return stored.session if stored else None

    async def lock(self, session_id: SessionId) -> Session | None:
        return await self.get(session_id)

    async def hold(self, session_id: SessionId) -> None:
        """Do nothing: no other transaction is open."""

    async def by_join_token(self, token: JoinToken) -> Session | None:
        return next((one for one in self._newest_first() if one.join_token == token), None)

    async def save(self, session: Session, *, known: Session) -> bool:
        stored = self._data.sessions.get(session.id)
        if stored is None or stored.session.version != known.version:
            return False
        stored.session = session
        if not session.is_usable:
            stored.slot = None
        stored.is_uncounted = not session.state.is_open
        return True

    async def mark_attempted(self, session_id: SessionId, account: str, at: datetime) -> bool:
        stored = self._data.sessions[session_id]
        if stored.attempted_at is not None:
            return True
        stored.attempted_at = at
        stored.session = replace(stored.session, account=account)
        return False

    async def unmark_attempted(self, session_id: SessionId) -> None:
        stored = self._data.sessions.get(session_id)
        if stored is not None and stored.session.state is State.CREATING:
            stored.attempted_at = None
            stored.session = replace(stored.session, account=None)

    async def mark_reminded(self, now: datetime, *, before: datetime) -> Sequence[SessionId]:
        due = [
            stored
            for stored in self._data.sessions.values()
            if stored.session.state.is_live
            and stored.reminded_at is None
            and stored.session.valid_until is not None
            and stored.session.valid_until <= before
        ]
        for stored in due:
            stored.reminded_at = now
        return [stored.session.id for stored in due]

    async def forget_reminder(self, session_id: SessionId) -> None:
        self._data.sessions[session_id].reminded_at = None

    async def move_to_technician(self, session: Session, command_key: CommandKey) -> None:
        stored = self._data.sessions[session.id]
        stored.command_key = command_key
        slot = f"{session.number}:{session.technician}:{session.kind}"
        stored.slot = None if any(one.slot == slot for one in self._data.sessions.values()) else slot

    async def set_close_after(self, session_id: SessionId, at: datetime | None) -> None:
        if session_id in self._data.sessions:
            self._data.sessions[session_id].close_after = at

    async def due_to_close(self, now: datetime) -> Sequence[Session]:
        return [
            one for one in self._newest_first() if (at := self._close_after(one)) is not None and at <= now
        ]

    async def newest_created(self, technician: Email, *, since: datetime, limit: int) -> Sequence[datetime]:
        own = [one.created_at for one in self._newest_first() if one.technician == technician]
        return [created_at for created_at in own if created_at > since][:limit]

    async def has_to_close(self, technician: Email, account: str) -> bool:
        return any(
            one.is_ending or self._close_after(one) is not None
            for one in self._newest_first()
            if (one.technician, one.account) == (technician, account)
        )

    def _close_after(self, session: Session) -> datetime | None:
        return self._data.sessions[session.id].close_after

    async def purge(self, before: datetime, *, limit: int) -> bool:
        over = [row for row in self._data.sessions.values() if not row.session.state.is_open]
        old = [row.session for row in over if row.session.created_at < before and not row.is_uncounted][
            :limit
        ]
        for session in old:
            await self.delete(session.id)
        return len(old) == limit

    async def delete(self, session_id: SessionId) -> None:
        self._data.sessions.pop(session_id, None)
        self._data.session_records.pop(session_id, None)
        for renewal_id in [
            key for key, row in self._data.renewals.items() if row.renewal.session_id == session_id
        ]:
            del self._data.renewals[renewal_id]
        for key in [one for one in self._data.invitations if one[0] == session_id]:
            del self._data.invitations[key]
        self._data.cards = [card for card in self._data.cards if card.session_id != session_id]
        for attempt in [one for one in self._data.post_attempts if one[0] == session_id]:
            del self._data.post_attempts[attempt]
        for transfer in [
            one for one, row in self._data.transfers.items() if row.transfer.session_id == session_id
        ]:
            del self._data.transfers[transfer]
        for notice in [one for one in self._data.notices.values() if one.session_id == session_id]:
            del self._data.notices[notice.id]

    async def command_key(self, session_id: SessionId) -> CommandKey | None:
        stored = self._data.sessions.get(session_id)
        return stored.command_key if stored else None

    async def open_of_request(self, number: RequestNumber) -> Sequence[Session]:
        return [one for one in self._open() if one.number == number]

    async def open_of_technician(self, technician: Email) -> Sequence[Session]:
        return [one for one in self._open() if one.technician == technician]

    async def listed_open(
        self, technician: Email, *, limit: int, skipped: int = 0
    ) -> Sequence[ListedSession]:
        found = await self.open_of_technician(technician)
        return [_without_secrets(one, ListedSession) for one in found[skipped : skipped + limit]]

    async def summaries_of_outage(self, outage: OutageId) -> Sequence[SessionSummary]:
        return [_without_secrets(one, SessionSummary) for one in self._newest_first() if one.outage == outage]

    async def open_called(self, reference: str) -> Sequence[Session]:
        return [one for one in self._open() if one.is_called(reference)]

    async def open_about(self, reference: str) -> Sequence[Session]:
        number = request_number(reference)
        return [one for one in self._open() if one.request_id == reference or one.number == number]

    def _open(self) -> Sequence[Session]:
        return [one for one in self._newest_first() if one.state.is_open]

    async def open_page(self, *, after: SessionId | None, limit: int) -> Sequence[Session]:
        ordered = sorted(self._open(), key=lambda one: one.id)
        return [one for one in ordered if after is None or one.id > after][:limit]

    async def summaries_of_over(self, technician: Email, *, limit: int) -> Sequence[SessionSummary]:
        over = [one for one in self._newest_first() if not one.state.is_open]
        return [_without_secrets(one, SessionSummary) for one in over if one.technician == technician][:limit]

    async def over_but_online(self, since: datetime) -> Sequence[Session]:
        over = [one for one in self._newest_first() if not one.state.is_open and one.is_online]
        return [one for one in over if one.ended_at is not None and one.ended_at >= since]

    async def history(
        self,
        *,
        number: RequestNumber | None = None,
        technician: Email | None = None,
        limit: int,
        page: int = 1,
        after: SessionId | None = None,
    ) -> Sequence[Session]:
        wanted = [
            one
            for one in self._newest_first()
            if number in {None, one.number} and technician in {None, one.technician}
        ]
        if after is None:
            first = (page - 1) * (limit - 1)
            return wanted[first : first + limit]
        last = await self.get(after)
        if last is None:
            return []
        older = [one for one in wanted if (one.created_at, one.id) < (last.created_at, last.id)]
        return older[:limit]

    def _newest_first(self) -> list[Session]:
        sessions = [stored.session for stored in self._data.sessions.values()]
        return sorted(sessions, key=lambda one: (one.created_at, one.id), reverse=True)


def _without_secrets(session: Session, kind: type[Shown]) -> Shown:
    """Return what a list shows of a session, as SQL reads it."""
    values = {name: getattr(session, name) for name in field_names(kind)}
    if session.requester is not None:
        values["requester"] = replace(session.requester, phone=None)
    return kind(**values)
