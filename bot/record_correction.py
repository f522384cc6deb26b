"""Enqueue that the record of a session is written again, because more is known about the session now."""

from datetime import datetime

from bot.jobs import WriteRecord
from bot.model.ids import SessionId
from bot.unit_of_work import Transaction


async def enqueue_correction(session_id: SessionId, at: datetime, tx: Transaction) -> None:
    """Enqueue that the record of a session is brought up to date, where it has one."""
    record, session = await tx.session_records.get(session_id), await tx.sessions.get(session_id)
    if record is not None and session is not None:
        await tx.session_records.save(record.wanted(at))
        await tx.enqueue(WriteRecord(session_id), key=f"record:{session_id}:{session.version}")
