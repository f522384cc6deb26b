"""End a session: at TeamViewer first, then here."""

from bot import access
from bot.coalesced_refreshes import enqueue_refreshes
from bot.i18n import Text, _
from bot.jobs import EndSession
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.ids import SessionId
from bot.model.session import ENDED_BY_SERVICEDESK, Session, State
from bot.ports import Clock, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.ending import enqueue_closed_request_report
from bot.values import replace
from bot.views.pages import Message
from bot.views.session import end_confirmation, running_connection_advice
from bot.words_to_type import words_about
from bot.workflows.after_end import enqueue_work_after_end
from bot.workflows.remote_sessions import RemoteSessions, not_connected
from bot.workflows.replies import Replies, problem_view
from bot.workflows.session_changes import SessionChanges


class SessionEnder:
    """Ends sessions, at TeamViewer and here."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        sessions: SessionChanges,
        remote: RemoteSessions,
        replies: Replies,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._replies = replies
        self._clock = clock

    async def enqueue_refreshes(self, session_id: SessionId) -> None:
        """Enqueue the refresh of everything that shows a session: its end was asked for."""
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.lock(session_id)
            if session is not None:
                await enqueue_refreshes(session, tx)

    async def close_at_teamviewer(self, job: EndSession) -> None:
        """Close a session's code, in the account that it lives in.

        Raises NotAllowed (switched off), NotAuthorized, Unavailable, Rejected.
        """
        loaded = await self._sessions.load_to_close(job.session)
        if loaded is None:
            return
        access.require_integration_on(loaded.switches)
        if loaded.session.code is None:
            return
        if loaded.connection is None:
            raise not_connected(loaded.session)
        await self._remote.close_session(loaded.connection, loaded.session.code)

    async def look_who_is_there(self, session_id: SessionId) -> None:
        """Find out whether TeamViewer still shows the requester in a session that is over.

        Closing a session stops new connections only: it may leave a running one (Jamf's documentation of the same call).
        Raises Unavailable, NotAuthorized, Rejected.
        """
        loaded = await self._sessions.load(session_id)
        if loaded is None or loaded.connection is None or not loaded.switches.integration:
            return
        if loaded.session.code is None or loaded.session.state.is_open:
            return
        status = await self._remote.read_status(loaded.connection, loaded.session.code)

        def see(session: Session) -> Session | None:
            seen = session.seen(is_online=status.is_online, at=self._clock())
            return None if seen is session else seen

        await self._sessions.change_where_needed(loaded.session, see)

    async def mark_as_ended(self, job: EndSession) -> None:
        """End the session here, with its audit entry, and what is read and told after an end."""

        def end(session: Session) -> Session | None:
            if session.state.is_open:
                return session.ended(self._clock(), job.by)
            # The sweep may notice first that this job closed the session. It ended for the person who asked for it.
            if session.state is State.ENDED and session.ended_by is None:
                return replace(session, ended_by=job.by, version=session.version + 1)
            return None

        async def record(tx: Transaction) -> None:
            session = await tx.sessions.get(job.session)
            subject = f"#{session.number} {session.code or ''}".strip() if session else ""
            await enqueue_work_after_end(job.session, self._clock(), tx)
            if job.by == ENDED_BY_SERVICEDESK:
                await enqueue_closed_request_report(job.session, tx)
            await tx.audit.append(AuditEntry(self._clock(), job.email, Action.SESSION_ENDED, subject))
            if job.command is not None:
                await tx.commands.record_effect(job.command, Effect.CHANGED)

        await self._sessions.change(job.session, end, also=record)

    async def confirm_end(self, job: EndSession) -> None:
        """Tell the person who asked for it that the session is ended, or that it was over without them."""
        if job.command is None:
            return
        loaded = await self._sessions.load(job.session)
        if loaded is None or loaded.session.state.is_open:
            return
        async with self._unit_of_work.write() as tx:
            effect = await tx.commands.record_effect(job.command, Effect.NOTHING)
        said = end_confirmation(loaded.session.number, effect)
        advice = [running_connection_advice()] if loaded.session.was_joined else []
        await self._replies.enqueue_answer(job.command, Message.confirming(said, advice), reason="ended")

    async def report_failure(self, job: EndSession, why: Text) -> None:
        """Store that the session stays open, and report it: to the person who ended it, or else to its creator."""
        view = problem_view(_("The session could not be ended. {why}", why=why))
        session = await self._sessions.change(
            job.session, lambda current: current.ending(None) if current.is_ending else None
        )
        if job.command is not None:
            await self._replies.enqueue_answer(job.command, view, reason="not_ended")
            return
        if session is None or not session.state.is_open:
            return
        number = session.number
        words = words_about("end", number)
        advice = _("To end the session yourself, type {words}.", words=words)
        if job.by == ENDED_BY_SERVICEDESK:
            advice = _(
                "Request #{number} was closed in ServiceDesk Plus. To end its session yourself, type {words}.",
                number=number,
                words=words,
            )
        view = replace(view, details=[advice])
        await self._replies.enqueue_answer_to_creator(job.session, view, reason="not_ended")


async def end_session(job: EndSession, steps: Steps, *, ender: SessionEnder) -> None:
    """Close a session at TeamViewer and end it here, or say why that is impossible."""
    await steps.run_step(
        "enqueue the refreshes", lambda: ender.enqueue_refreshes(job.session), is_repeatable=True
    )
    closed = await steps.run_step("close it at TeamViewer", lambda: ender.close_at_teamviewer(job))
    if closed.problem is not None:
        why = closed.problem
        await steps.run_step("report the failure", lambda: ender.report_failure(job, why))
        return
    # First at TeamViewer: a card that says "ended" while the links still work would be a false promise.
    await steps.run_step("end it", lambda: ender.mark_as_ended(job), is_repeatable=True)
    await steps.run_step(
        "look who is there", lambda: ender.look_who_is_there(job.session), is_repeatable=True
    )
    await steps.run_step("confirm", lambda: ender.confirm_end(job), is_repeatable=True)
