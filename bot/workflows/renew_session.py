"""Renew a session: create a new TeamViewer session, put it in the place of the one before, then close that one.

Until the new one is stored, people join and enter the one before. From then on, everything leads to the new one. So the
join page leads to an open session at every moment.
"""

from bot import access
from bot.account_check import AccountCheck
from bot.attempts import attempting
from bot.coalesced_refreshes import enqueue_refreshes
from bot.errors import ErrorCode, NotAuthorized, Rejected
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import AddNote, AddRenewalNote, RenewSession, SendNotice
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.model.ids import derive_notice_id
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.renewal import Renewal, RenewalObstacle, find_obstacle
from bot.model.session import ORPHAN_AFTER, RemoteSession, Session
from bot.ports import Clock, Mailer, ServiceDesk, StepOutcome, Steps
from bot.renewal_note import renewal_note
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.policy_check import require_renewal_allowed
from bot.views.pages import Message
from bot.views.renewal import (
    failed_renewal_view,
    former_in_use_view,
    obstacle_text,
    renewal_confirmation,
    renewal_details,
)
from bot.words_to_type import words_about
from bot.workflows.failure_text import failure_text
from bot.workflows.former_sessions import FormerSessionCloser
from bot.workflows.new_remote_session import new_remote_session
from bot.workflows.notice_notes import NOTE_AT_LATEST_SECONDS
from bot.workflows.post_card import CardPoster
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.replies import enqueue_reply
from bot.workflows.session_changes import session_connection


class SessionRenewer:
    """The steps of an accepted renewal."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        remote: RemoteSessions,
        former: FormerSessionCloser,
        cards: CardPoster,
        accounts: AccountCheck,
        mailer: Mailer,
        servicedesk: ServiceDesk,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._remote = remote
        self._former = former
        self._cards = cards
        self._accounts = accounts
        self._mailer = mailer
        self._servicedesk = servicedesk
        self._installation = installation
        self._clock = clock

    async def replace_remote_session(self, job: RenewSession) -> None:
        """Create the new session at TeamViewer, at most once, and put it in the place of the one before.

        Raises NotAllowed, NotAuthorized, Rejected, Unavailable.
        """
        session, connection = await self._load(job)
        if session is None:
            return
        if connection is None:
            raise _not_connected(session)
        await self._require_permission(job, session)
        await self._require_unused(session, connection)

        async def mark() -> bool:
            return await self._mark_attempted(job, connection)

        async with attempting(mark, lambda: self._unmark_attempted(job)) as was_attempted:
            remote = await self._find_or_create(job, session, connection, was_attempted=was_attempted)
        await self._replace(job, remote)

    async def _load(self, job: RenewSession) -> tuple[Session | None, Connection | None]:
        """Load the session, and the connection to its account. No session where the renewal is over.

        Raises NotAllowed (switched off), and Rejected where the session cannot be renewed any more.
        """
        async with self._unit_of_work.read() as tx:
            renewal = await tx.renewals.get(job.renewal)
            session = await tx.sessions.get(job.session)
            switches = await tx.switches.read()
            connection = await session_connection(session, tx) if session else None
        if renewal is None or session is None or not renewal.is_running:
            return None, None
        access.require_integration_on(switches)
        _require_same_technician(session, renewal)
        self._require_renewable(session)
        return session, connection

    def _require_renewable(self, session: Session) -> None:
        obstacle = find_obstacle(session, self._clock())
        if obstacle is not None:
            raise Rejected(obstacle_text(obstacle, session))

    async def _require_permission(self, job: RenewSession, session: Session) -> None:
        """Look again at the account that asked. Raises NotAllowed, Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is not None:
            by = await self._accounts.require_recent(address.actor)
            access.require_word(access.SessionWord.RENEW, session, by, is_invited=False)

    async def _require_unused(self, session: Session, connection: Connection) -> None:
        """Ask TeamViewer whether somebody came since the last round. Raises Rejected, Unavailable, NotAuthorized."""
        if session.code is None:
            raise Rejected(obstacle_text(RenewalObstacle.CREATING, session))
        status = await self._remote.read_status(connection, session.code)
        if status.is_online:
            raise Rejected(obstacle_text(RenewalObstacle.IN_USE, session))
        if not status.is_open:
            raise Rejected(obstacle_text(RenewalObstacle.OVER, session))

    async def _mark_attempted(self, job: RenewSession, connection: Connection) -> bool:
        async with self._unit_of_work.write() as tx:
            renewal = await tx.renewals.get(job.renewal)
            session = await tx.sessions.get(job.session)
            if renewal is None or not renewal.is_running or session is None:
                raise Rejected(_("It took too long."))
            _require_same_technician(session, renewal)
            await require_renewal_allowed(session, renewal.created_at, tx, self._installation)
            # Stored before the call: after a crash a stored account means that TeamViewer may have been called.
            was_attempted = await tx.renewals.mark_attempted(
                job.renewal, connection.account.user_id, self._clock()
            )
            await tx.connections.touch(connection, self._clock())
        return was_attempted

    async def _unmark_attempted(self, job: RenewSession) -> None:
        """Store that TeamViewer was certainly not asked for the new session."""
        async with self._unit_of_work.write() as tx:
            await tx.renewals.unmark_attempted(job.renewal)

    async def _find_or_create(
        self, job: RenewSession, session: Session, connection: Connection, *, was_attempted: bool
    ) -> RemoteSession:
        if was_attempted:
            existing = await self._remote.find_session(connection, job.renewal)
            if existing is not None:
                return existing
        new = new_remote_session(session, job.renewal, self._clock())
        return await self._remote.create_session(connection, new)

    async def _replace(self, job: RenewSession, remote: RemoteSession) -> None:
        """Store the new TeamViewer session in the place of the one before, with everything that follows from it.

        Raises Rejected where the session cannot be renewed any more.
        """
        now = self._clock()
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.lock(job.session)
            renewal = await tx.renewals.get(job.renewal)
            if session is None or renewal is None or not renewal.is_running:
                return
            # It may have ended or changed hands, or somebody may have come, during the call.
            _require_same_technician(session, renewal)
            self._require_renewable(session)
            if session.code is None:
                return
            renewed = session.renewed(remote, now)
            await tx.sessions.save(renewed, known=session)
            await tx.sessions.forget_reminder(session.id)
            await tx.renewals.finish(renewal.id, session.code, now)
            subject = f"#{session.number} {session.code} → {remote.code}"
            await tx.audit.append(AuditEntry(now, job.email, Action.SESSION_RENEWED, subject))
            await enqueue_refreshes(session, tx)
            address = await tx.commands.origin_of(renewed.id)
            await self._cards.enqueue_supporter_link(renewed, address, tx, renewal=renewal.id)
            gets_email = await self._enqueue_notices(renewed, renewal, tx)
            if renewed.code is not None and renewed.valid_until is not None:
                note = AddRenewalNote(
                    session.id, renewal.id, job.by, session.code, renewed.code, renewed.valid_until
                )
                await tx.enqueue(note, key=f"note:{renewal.id}")
            effect = await tx.commands.record_effect(job.command, Effect.CHANGED)
            answer = Message.confirming(
                renewal_confirmation(renewed, effect), renewal_details(renewed, gets_email=gets_email)
            )
            await enqueue_reply(job.command, answer, tx, reason="renewed")

    async def _enqueue_notices(self, session: Session, renewal: Renewal, tx: Transaction) -> bool:
        """Enqueue the e-mails with the new links. Returns whether the requester gets one.

        Nobody gets an SMS: the one of the invitation leads to the join page, which leads to the new session.
        """
        has_address = session.requester is not None and bool(session.requester.email)
        planned = [(Recipient.REQUESTER, Channel.REPLY)] if has_address else []
        if self._mailer.is_configured:
            planned.append((Recipient.TECHNICIAN, Channel.MAIL))
        for recipient, channel in planned:
            notice = Notice(
                derive_notice_id(f"{renewal.id}/{recipient}/{channel}"),
                session.id,
                recipient,
                channel,
                NoticeState.PENDING,
                self._clock(),
            )
            await tx.notices.add(notice)
            await tx.enqueue(SendNotice(session.id, notice.id, channel), key=f"notice:{notice.id}")
            if recipient is Recipient.REQUESTER:
                # A reply is on the request by itself. Where it went another way, this note says so.
                late_note = AddNote(session.id, notice.id)
                await tx.enqueue(late_note, key=f"note:{notice.id}", delay_seconds=NOTE_AT_LATEST_SECONDS)
        return has_address

    async def close_former(self, job: RenewSession) -> None:
        """Close the session before, unless somebody is in it. Then say so to the person who renewed it.

        Raises NotAllowed (switched off), NotAuthorized, Unavailable, Rejected. Then the sweep tries again.
        """
        if await self._former.close_former(job.renewal):
            return
        async with self._unit_of_work.write() as tx:
            renewal, session = await tx.renewals.get(job.renewal), await tx.sessions.get(job.session)
            if renewal is not None and renewal.code is not None and session is not None:
                answer = former_in_use_view(session, renewal.code)
                await enqueue_reply(job.command, answer, tx, reason="former_in_use")

    async def report_failure(self, job: RenewSession, why: Text, *, offers_sign_in: bool) -> None:
        """Give the renewal up and say why. What TeamViewer may have created is closed later."""
        async with self._unit_of_work.write() as tx:
            await tx.renewals.abandon(job.renewal, self._clock() + ORPHAN_AFTER)
            answer = failed_renewal_view(await tx.sessions.get(job.session), why)
            await enqueue_reply(job.command, answer, tx, reason="not_renewed", offers_sign_in=offers_sign_in)

    async def add_note(self, job: AddRenewalNote) -> None:
        """Add the note to the request that says who renewed the session. Once. Raises NotAllowed, Unavailable, Rejected."""
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(job.session)
            access.require_integration_on(await tx.switches.read())
        if session is None or session.request_id is None:
            return
        if await self._servicedesk.find_note(session.request_id, job.renewal) is None:
            text = renewal_note(job, self._installation.language)
            await self._servicedesk.add_note(session.request_id, text)

    def failure_text(self, outcome: StepOutcome) -> Text:
        """Return why a session was not renewed, and from when on a new try makes sense where that is known."""
        return failure_text(outcome, self._clock())


def _require_same_technician(session: Session, renewal: Renewal) -> None:
    """Raise Rejected if a session changed hands since its renewal began.

    Otherwise its new TeamViewer session could be in the account of the technician who had it before.
    """
    if session.technician != renewal.technician or renewal.account not in {None, session.account}:
        raise Rejected(
            _(
                "{name} took over the session for request #{number} meanwhile, and can renew it.",
                name=session.technician_name,
                number=session.number,
            )
        )


def _not_connected(session: Session) -> NotAuthorized:
    return NotAuthorized(
        _(
            "{technician} is no longer connected to the TeamViewer account of this session. "
            "Connect it again, or end the session and type {words}.",
            technician=session.technician_name,
            words=words_about("create", session.number),
        )
    )


async def renew_session(job: RenewSession, steps: Steps, *, renewer: SessionRenewer) -> None:
    """Put a new TeamViewer session in the place of the one before, and close that, or say why that is impossible."""
    replaced = await steps.run_step(
        "replace the session at TeamViewer", lambda: renewer.replace_remote_session(job), is_repeatable=True
    )
    if replaced.problem is not None:
        why, offers_sign_in = renewer.failure_text(replaced), replaced.code is ErrorCode.NOT_AUTHORIZED
        await steps.run_step(
            "report the failure",
            lambda: renewer.report_failure(job, why, offers_sign_in=offers_sign_in),
            is_repeatable=True,
        )
        return
    await steps.run_step("close the session before", lambda: renewer.close_former(job), is_repeatable=True)


async def add_renewal_note(job: AddRenewalNote, steps: Steps, *, renewer: SessionRenewer) -> None:
    """Add the note about a renewal to the request."""
    await steps.run_step("add the note to the request", lambda: renewer.add_note(job), is_repeatable=True)
