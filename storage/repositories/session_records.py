"""The records of sessions: what their ends have left on the requests, each with a lease for the process that writes it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import EntryId, SessionId
from bot.model.session_record import SessionRecord, Written
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery, is_lease_free
from storage.tables import session_records

_OF_SESSION: RowQuery = sa.select(session_records).where(
    session_records.c.session_id == sa.bindparam("session_id")
)
_UPDATE = sa.update(session_records).where(session_records.c.session_id == sa.bindparam("of_session"))


class SqlSessionRecordRepository:
    """Stores the records of sessions. A record is deleted with its session."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, record: SessionRecord) -> None:
        """Store a new record. One that is stored already stays as it is."""
        await self._context.put_off_insert(
            session_records,
            session_id=record.session_id,
            org_id=self._context.org_id,
            **_row_values(record),
        )

    async def get(self, session_id: SessionId) -> SessionRecord | None:
        """Return the record of a session."""
        row = await self._context.fetch_row(_OF_SESSION, session_id=session_id)
        return _read_record(row) if row else None

    async def save(self, record: SessionRecord) -> None:
        """Store a changed record, which was read in this transaction."""
        await self._context.put_off(_UPDATE, of_session=record.session_id, **_row_values(record))

    async def due(self, now: datetime, *, wanted_since: datetime, limit: int) -> Sequence[SessionRecord]:
        """List the records that are due and were wanted at or after ``wanted_since``, longest due first."""
        query = (
            sa.select(session_records)
            .where(
                session_records.c.org_id == self._context.org_id,
                session_records.c.due_at <= now,
                session_records.c.wanted_at >= wanted_since,
            )
            .order_by(session_records.c.due_at, session_records.c.session_id)
            .limit(limit)
        )
        return [_read_record(row) for row in await self._context.fetch_rows(query)]

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take the lease of the session with the id ``name``. False if another owner holds it."""
        is_free = is_lease_free(session_records.c.lease_until, now, until)
        return await self._update_lease(name, is_free, lease_owner=owner, lease_until=until)

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        """Extend a lease. False if it was lost."""
        return await self._update_lease(name, session_records.c.lease_owner == owner, lease_until=until)

    async def release(self, name: str, owner: str) -> None:
        """Release the lease."""
        is_mine = session_records.c.lease_owner == owner
        await self._update_lease(name, is_mine, lease_owner=None, lease_until=None)

    async def _update_lease(
        self, name: str, condition: sa.ColumnElement[bool], **values: str | datetime | None
    ) -> bool:
        result = await self._context.connection.execute(
            sa.update(session_records).where(session_records.c.session_id == name, condition).values(**values)
        )
        return result.rowcount == 1


def _row_values(record: SessionRecord) -> dict[str, object]:
    return {
        "wanted_at": record.wanted_at,
        "due_at": record.due_at,
        "note_id": record.note.id,
        "note_reference": record.note.reference,
        "note_content": record.note.content,
        "note_attempted": record.note.attempted,
        "worklog_id": record.worklog.id,
        "worklog_reference": record.worklog.reference,
        "worklog_content": record.worklog.content,
        "worklog_attempted": record.worklog.attempted,
        "failed_at": record.failed_at,
    }


def _read_record(row: Row) -> SessionRecord:
    return SessionRecord(
        session_id=SessionId(row["session_id"]),
        wanted_at=row["wanted_at"],
        due_at=row["due_at"],
        note=_read_part(row, "note"),
        worklog=_read_part(row, "worklog"),
        failed_at=row["failed_at"],
    )


def _read_part(row: Row, part: str) -> Written:
    entry_id = row[f"{part}_id"]
    return Written(
        id=EntryId(entry_id) if entry_id else None,
        reference=row[f"{part}_reference"],
        content=row[f"{part}_content"],
        attempted=row[f"{part}_attempted"],
    )
