"""Accept the end of a session. It counts at once: nobody is let in any more, and a new session may be created."""

from datetime import datetime

from bot.coalesced_refreshes import enqueue_refresh_of_session
from bot.errors import too_many_conflicts
from bot.jobs import EndSession, ReportClosedRequest
from bot.model.audit import Action, AuditEntry
from bot.model.ids import SessionId
from bot.model.session import ENDED_BY_SERVICEDESK, ORPHAN_AFTER, Session, State
from bot.offers import withdraw_offer_of
from bot.unit_of_work import Transaction

_ATTEMPTS = 5


async def accept_end(
    job: EndSession, tx: Transaction, now: datetime, *, key: str, known: Session | None = None
) -> Session | None:
    """Store that a session is being ended, and enqueue the work at TeamViewer under ``key``.

    A session that TeamViewer has not confirmed yet ends here at once, so that it cannot open later. Returns the session
    as it is from now on; None where it is not stored. ``known`` is the session, if this transaction has read it already.
    Raises NotConfirmed.
    """
    for attempt in range(_ATTEMPTS):
        session = known if known is not None and attempt == 0 else await tx.sessions.get(job.session)
        if session is None or not session.state.is_open:
            return session
        changed = session
        if session.state is State.CREATING:
            changed = session.ended(now, job.by)
        elif not session.is_ending:
            changed = session.ending(now)
        # Another transaction may have changed the session since it was read.
        if changed is session or await tx.sessions.save(changed, known=session):
            await _record_end(changed, job, tx, now, key)
            return changed
    raise too_many_conflicts()


async def _record_end(session: Session, job: EndSession, tx: Transaction, now: datetime, key: str) -> None:
    await withdraw_offer_of(session.id, tx)
    if session.state.is_open:
        # The job refreshes what shows the session, before it asks TeamViewer.
        await tx.enqueue(job, key=key)
        return
    await enqueue_refresh_of_session(session.id, tx)
    if job.by == ENDED_BY_SERVICEDESK:
        await enqueue_closed_request_report(session.id, tx)
    if session.account is not None:
        await tx.sessions.set_close_after(session.id, now + ORPHAN_AFTER)
    await tx.audit.append(AuditEntry(now, job.email, Action.SESSION_ENDED, f"#{session.number}"))


async def enqueue_closed_request_report(session_id: SessionId, tx: Transaction) -> None:
    """Enqueue the message to the technician about why the session ended: once, however often ServiceDesk Plus calls."""
    await tx.enqueue(ReportClosedRequest(session_id), key=f"closed_request:{session_id}")
