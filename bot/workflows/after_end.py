"""What follows the end of a session, no matter who ended it."""

from datetime import datetime

from bot.model.ids import SessionId
from bot.offers import withdraw_offer_of
from bot.unit_of_work import Transaction
from bot.workflows.connection_reports import enqueue_reports_after_end
from bot.workflows.record_schedule import enqueue_record_after_end


async def enqueue_work_after_end(session_id: SessionId, at: datetime, tx: Transaction) -> None:
    """Enqueue the record of a session on its request, and the readings of its reports, in the transaction of its end."""
    await withdraw_offer_of(session_id, tx)
    await enqueue_record_after_end(session_id, at, tx)
    await enqueue_reports_after_end(session_id, tx)
