"""Records of sessions in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data, SessionRecordRow

from bot.model.ids import SessionId
from bot.model.session_record import SessionRecord


class MemorySessionRecords:
    """The records of sessions, of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, record: SessionRecord) -> None:
        self._data.session_records.setdefault(record.session_id, SessionRecordRow(record))

    async def get(self, session_id: SessionId) -> SessionRecord | None:
        stored = self._data.session_records.get(session_id)
        return stored.record if stored else None

    async def save(self, record: SessionRecord) -> None:
        stored = self._data.session_records.get(record.session_id)
        if stored is not None:
            stored.record = record

    async def due(self, now: datetime, *, wanted_since: datetime, limit: int) -> Sequence[SessionRecord]:
        records = [stored.record for stored in self._data.session_records.values()]
        due = [
            (one.due_at, one.session_id, one)
            for one in records
            if one.due_at is not None and one.due_at <= now and one.wanted_at >= wanted_since
        ]
        return [one for *_order, one in sorted(due, key=lambda entry: entry[:2])][:limit]

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        stored = self._data.session_records.get(SessionId(name))
        if stored is None:
            return False
        if stored.lease_until is not None and now <= stored.lease_until <= until + (until - now):
            return False
        stored.lease_owner, stored.lease_until = owner, until
        return True

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        stored = self._data.session_records.get(SessionId(name))
        if stored is None or stored.lease_owner != owner:
            return False
        stored.lease_until = until
        return True

    async def release(self, name: str, owner: str) -> None:
        stored = self._data.session_records.get(SessionId(name))
        if stored is not None and stored.lease_owner == owner:
            stored.lease_owner = stored.lease_until = None
