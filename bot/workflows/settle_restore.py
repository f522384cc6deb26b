"""Settle what a backup does not know: the outside world went on after it was made."""

from datetime import datetime, timedelta

from bot.i18n import Text, _
from bot.jobs import RefreshAllCards, RefreshAllHomes
from bot.model.audit import Action, AuditEntry
from bot.model.ids import CommandKey
from bot.model.notice import NoticeState
from bot.model.plan import Plan
from bot.model.renewal import Renewal
from bot.model.session import ORPHAN_AFTER, Session, State
from bot.model.session_record import RecordPart, SessionRecord
from bot.model.transfer import Leftover, Transfer, TransferState
from bot.unit_of_work import Transaction
from bot.use_cases.invitations import audit_subject
from bot.use_cases.plan import save_plan
from bot.values import replace
from bot.views.plan import restored_text
from bot.workflows.expiry_reminder import BEFORE

BY = "tvbot db restore"
_LONG, _ALL = timedelta(days=365), 100_000
_PAGE = 200
_UNKNOWN = "unknown"
"""Stands for what was written since the backup was made, if anything was."""


async def settle_restored_sessions(tx: Transaction, now: datetime) -> None:
    """Change a restored database so that nothing is sent twice. Its jobs must be cancelled before.

    The jobs of the backup ran after it was made, so what they were about to send has most likely been sent. Everything
    else is found out by the next round, which asks TeamViewer about each open session.
    """
    await tx.notices.mark_pending_as_unsure(_restored_while_sending())
    # The reminders that were due meanwhile were sent.
    await tx.sessions.mark_reminded(now, before=now + BEFORE)
    for record in await tx.session_records.due(now + _LONG, wanted_since=now - _LONG, limit=_ALL):
        await tx.session_records.save(_maybe_written(record))
    await _settle_open_sessions(tx, now)
    for renewal in await tx.renewals.running(now):
        await _abandon_renewal(renewal, tx, now)
    for transfer in await tx.transfers.running():
        await _settle_transfer(transfer, tx, now)
    for plan in await tx.plans.all_planned():
        await _settle_plan(plan, tx, now)
    change = CommandKey(f"restored:{now.isoformat()}")
    await tx.enqueue(RefreshAllCards(change), key=f"cards:{change}")
    await tx.enqueue(RefreshAllHomes(change), key=f"homes:{change}")
    await tx.audit.append(AuditEntry(now, BY, Action.RESTORED))


async def _settle_open_sessions(tx: Transaction, now: datetime) -> None:
    last = None
    while page := await tx.sessions.open_page(after=last, limit=_PAGE):
        for session in page:
            await _settle_session(session, tx, now)
        last = page[-1].id


async def _settle_session(session: Session, tx: Transaction, now: datetime) -> None:
    if session.state is State.CREATING:
        await _fail_session(session, tx, now)
        return
    await _withdraw_invitations(session, tx, now)
    # It may have ended since, and have its record. Before the job writes one, it looks for that record.
    await tx.session_records.add(_maybe_written(SessionRecord(session.id, now, None)))
    if session.is_ending:
        # The job that ends it is cancelled. If it did end, the next round finds out.
        await tx.sessions.save(session.ending(None), known=session)


async def _abandon_renewal(renewal: Renewal, tx: Transaction, now: datetime) -> None:
    """Give up a renewal that was running. The new session may have been created since, so it is looked for and closed."""
    session = await tx.sessions.get(renewal.session_id)
    if session is not None and session.account is not None:
        await tx.renewals.mark_attempted(renewal.id, session.account, now)
    await tx.renewals.abandon(renewal.id, now + ORPHAN_AFTER)


async def _withdraw_invitations(session: Session, tx: Transaction, now: datetime) -> None:
    """Withdraw every open invitation: it may have been declined or withdrawn since, and must not let anybody in again."""
    for invitation in await tx.invitations.of_session(session.id):
        if invitation.is_open:
            await tx.invitations.save(invitation.withdrawn())
            subject = audit_subject(session, invitation.technician)
            await tx.audit.append(AuditEntry(now, BY, Action.INVITATION_WITHDRAWN, subject))


async def _settle_transfer(transfer: Transfer, tx: Transaction, now: datetime) -> None:
    """End a transfer that was running. If the session changed hands since, the next round finds it closed or in use.

    What TeamViewer may have created for it is looked for and closed.
    """
    if transfer.state is TransferState.OFFERED:
        await tx.transfers.save(transfer.settled(TransferState.WITHDRAWN), known_state=TransferState.OFFERED)
        return
    await tx.transfers.save(transfer.settled(TransferState.FAILED), known_state=TransferState.MOVING)
    session = await tx.sessions.get(transfer.session_id)
    if session is not None and session.moving_to is not None:
        await tx.sessions.save(session.moving(None), known=session)
    if transfer.account is not None:
        left = Leftover(transfer.id, transfer.session_id, transfer.to.email, transfer.account, None, now)
        await tx.transfers.store_leftover(left, close_after=now + ORPHAN_AFTER)


async def _settle_plan(plan: Plan, tx: Transaction, now: datetime) -> None:
    """Settle a planned session. One whose time came since the backup was made has most likely been created.

    So has one whose request was still to be looked up: nobody would do that any more. The others stay planned.
    """
    if plan.starts_at <= now or plan.request_id is None:
        await save_plan(plan.refused(restored_text(), now), plan, tx)
        return
    mail = plan.mail
    if mail.state is NoticeState.PENDING:
        mail = replace(mail, state=NoticeState.UNSURE, problem=_restored_while_sending())
    remind_at = plan.remind_at if plan.remind_at is not None and plan.remind_at > now else None
    settled = replace(plan, mail=mail, remind_at=remind_at, version=plan.version + 1)
    await save_plan(settled, plan, tx)


def _restored_while_sending() -> Text:
    return _("The database was restored from a backup, so it may have been sent.")


def _maybe_written(record: SessionRecord) -> SessionRecord:
    """Return the record with each part that does not exist as one that may have been added."""
    for part in RecordPart:
        written = record.part(part)
        if not written.exists:
            record = record.with_part(part, replace(written, attempted=_UNKNOWN))
    return record


async def _fail_session(session: Session, tx: Transaction, now: datetime) -> None:
    """Fail a session that was being created. It may have been created since, so it is looked for and closed later."""
    why = _("The database was restored from a backup while it was created.")
    connection = await tx.connections.active(session.technician)
    if connection is not None:
        # Without a stored account nobody would look for it. One that is stored stays.
        await tx.sessions.mark_attempted(session.id, connection.account.user_id, now)
    stored = await tx.sessions.get(session.id) or session
    await tx.sessions.save(stored.failed(why), known=stored)
    await tx.sessions.set_close_after(session.id, now + ORPHAN_AFTER)
