"""Sessions that could not be created: marked as failed here, and closed at TeamViewer if they exist there."""

from bot.i18n import Text
from bot.jobs import CloseOrphan
from bot.model.ids import SessionId
from bot.model.session import State
from bot.ports import Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.session_changes import SessionChanges

ORPHAN_AFTER_SECONDS = 30
"""TeamViewer may still be creating a session whose creation was given up."""


class OrphanCloser:
    """Closes sessions that TeamViewer may have created although they are over here."""

    def __init__(self, unit_of_work: UnitOfWork, sessions: SessionChanges, remote: RemoteSessions) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote

    async def close_orphan(self, session_id: SessionId) -> None:
        """Look for a session by our own id, and close it. Raises Unavailable, NotAuthorized, Rejected."""
        loaded = await self._sessions.load(session_id)
        if loaded is None or not loaded.switches.integration:
            return
        session, connection = loaded.session, loaded.connection
        if session.account is None or connection is None or session.state.is_open:
            return
        # The code was never stored, so the session is found by our own id, which it carries.
        remote = await self._remote.find_session(connection, session_id)
        if remote is not None:
            await self._remote.close_session(connection, remote.code)

    async def fail_session(self, session_id: SessionId, text: Text) -> None:
        """Mark a session as failed, unless it opened meanwhile, and close later what TeamViewer may have opened."""

        async def enqueue_close(tx: Transaction) -> None:
            job = CloseOrphan(session_id)
            await tx.enqueue(job, key=f"orphan:{session_id}", delay_seconds=ORPHAN_AFTER_SECONDS)

        session = await self._sessions.change(
            session_id,
            lambda current: current.failed(text) if current.state is State.CREATING else None,
            also=enqueue_close,
        )
        # TeamViewer may also have opened a session that was ended here meanwhile.
        if session is not None and session.state is State.ENDED:
            async with self._unit_of_work.write() as tx:
                await enqueue_close(tx)


async def close_orphan(job: CloseOrphan, steps: Steps, *, orphans: OrphanCloser) -> None:
    """Close what may have been opened for a session that could not be confirmed."""
    await steps.run_step("close the orphaned session", lambda: orphans.close_orphan(job.session))
