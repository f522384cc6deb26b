"""When the record of a session is written: at its end, after a later report, and by the sweep where it is missing."""

from datetime import datetime, timedelta

from bot.jobs import WriteRecord
from bot.model.ids import SessionId
from bot.model.session_record import SessionRecord
from bot.ports import Clock
from bot.record_correction import enqueue_correction
from bot.unit_of_work import Transaction, UnitOfWork

WRITTEN_WITHIN = timedelta(days=7)
"""How long after the end, or after a later report, the sweep tries to write a record that is missing."""
_AT_ONCE = 5
"""How many records one round of the sweep enqueues. After days without the integration there may be thousands."""


async def enqueue_record_after_end(session_id: SessionId, at: datetime, tx: Transaction) -> None:
    """Enqueue the record of a session that just ended.

    A session that TeamViewer never opened gets none: nobody knew about it.
    """
    session = await tx.sessions.get(session_id)
    if session is None or session.code is None:
        return
    if await tx.session_records.get(session_id) is not None:
        # It had ended already, and now it is known who ended it.
        await enqueue_correction(session_id, at, tx)
        return
    await tx.session_records.add(SessionRecord(session_id, at, None).wanted(at))
    await tx.enqueue(WriteRecord(session_id), key=f"record:{session_id}:end")


async def enqueue_due_records(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Enqueue the records that are still missing on their requests, and postpone them, so that the next round does not."""
    now = clock()
    async with unit_of_work.write() as tx:
        due = await tx.session_records.due(now, wanted_since=now - WRITTEN_WITHIN, limit=_AT_ONCE)
        for record in due:
            key = f"record:{record.session_id}:{record.due_at:%Y%m%dT%H%M%S.%f}"
            await tx.session_records.save(record.postponed(now))
            await tx.enqueue(WriteRecord(record.session_id), key=key)
