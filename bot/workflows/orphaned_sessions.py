"""Sessions that are over here, and that TeamViewer may still have open: they are closed there until that worked.

When a session is over, the row stores when TeamViewer is asked to close it (``close_after``). The sweep looks for such rows,
so no failure leaves a session open that nobody knows of.
"""

from datetime import timedelta

from bot import access
from bot.errors import Unavailable
from bot.i18n import Text
from bot.model.ids import SessionId
from bot.model.session import ORPHAN_AFTER, VALID_FOR, Session, State
from bot.pauses import pause_after
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.remote_sessions import RemoteSessions, not_connected
from bot.workflows.session_changes import Also, LoadedSession, SessionChanges

CLOSE_RETRY_AFTER = timedelta(minutes=5)
_LONGEST = VALID_FOR + timedelta(hours=1)
"""After this time a code has expired at TeamViewer, whatever became of it."""


class OrphanCloser:
    """Closes sessions that TeamViewer may have open although they are over here."""

    def __init__(
        self, unit_of_work: UnitOfWork, sessions: SessionChanges, remote: RemoteSessions, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._clock = clock

    async def close_orphan(self, session_id: SessionId) -> None:
        """Close at TeamViewer what may be open there of a session that is over.

        Raises NotAllowed (switched off), NotAuthorized, Unavailable, Rejected. Then the sweep tries again.
        """
        loaded = await self._sessions.load_to_close(session_id)
        if loaded is None or loaded.session.state.is_open:
            return
        # Without an account TeamViewer was never asked for the session.
        if loaded.session.account is not None:
            # Stored before the call: whatever breaks during it, the sweep finds the session.
            await self._set_close_after(session_id, CLOSE_RETRY_AFTER)
            access.require_integration_on(loaded.switches)
            try:
                await self._close_at_teamviewer(loaded)
            except Unavailable as error:
                await self._set_close_after(session_id, pause_after(error, CLOSE_RETRY_AFTER))
                raise
        await self._set_close_after(session_id, None)

    async def _close_at_teamviewer(self, loaded: LoadedSession) -> None:
        session, connection = loaded.session, loaded.connection
        if connection is None:
            raise not_connected(session)
        code = session.code
        if code is None:
            # The code was never stored, so the session is found by our own id, which it carries.
            remote = await self._remote.find_session(connection, session.id)
            code = remote.code if remote else None
        if code is not None:
            await self._remote.close_session(connection, code)

    async def close_due(self) -> None:
        """Close every session whose time has come. One that fails is tried again later and does not stop the others."""
        async with self._unit_of_work.read() as tx:
            due = await tx.sessions.due_to_close(self._clock())
        await bounded_gather(due, self._close_or_give_up, name="close a session that is over")

    async def _close_or_give_up(self, session: Session) -> None:
        if (session.renewed_at or session.created_at) + _LONGEST < self._clock():
            await self._set_close_after(session.id, None)
            return
        await self.close_orphan(session.id)

    async def fail_session(self, session_id: SessionId, text: Text, *, also: Also | None = None) -> None:
        """Mark a session as failed, unless it opened meanwhile, and close later what TeamViewer may have opened.

        ``also`` writes what belongs to the failure, in the same transaction.
        """

        async def record(tx: Transaction) -> None:
            await tx.sessions.set_close_after(session_id, self._clock() + ORPHAN_AFTER)
            if also is not None:
                await also(tx)

        session = await self._sessions.change(
            session_id,
            lambda current: current.failed(text) if current.state is State.CREATING else None,
            also=record,
        )
        # TeamViewer may also have opened a session that was ended here meanwhile.
        if session is not None and session.state is State.ENDED:
            await self._set_close_after(session_id, ORPHAN_AFTER)

    async def _set_close_after(self, session_id: SessionId, pause: timedelta | None) -> None:
        at = None if pause is None else self._clock() + pause
        async with self._unit_of_work.write() as tx:
            await tx.sessions.set_close_after(session_id, at)
