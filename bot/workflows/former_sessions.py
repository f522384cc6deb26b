"""What renewals leave at TeamViewer: the session before, and a new one that took nobody's place. They are closed there.

The row of a renewal stores when TeamViewer is asked to close it (``close_after``). The sweep looks for such rows, so no
failure leaves a session open that nobody knows of.
"""

from datetime import timedelta

from bot import access
from bot.errors import NotAuthorized, Unavailable
from bot.i18n import _
from bot.model.connection import Connection
from bot.model.ids import RenewalId, SessionCode
from bot.model.renewal import Renewal
from bot.model.session import ORPHAN_AFTER, VALID_FOR
from bot.pauses import pause_after
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.orphaned_sessions import CLOSE_RETRY_AFTER
from bot.workflows.remote_sessions import RemoteSessions

LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""How long a session that somebody is still in is left open, before the next look."""
STUCK_AFTER = timedelta(hours=1)
"""A renewal that runs for longer is given up: its job retries TeamViewer for minutes."""
_LONGEST = VALID_FOR + timedelta(hours=1)
"""After this time a code has expired at TeamViewer, whatever became of it."""


class FormerSessionCloser:
    """Closes at TeamViewer what renewals have left open there."""

    def __init__(self, unit_of_work: UnitOfWork, remote: RemoteSessions, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._remote = remote
        self._clock = clock

    async def close_former(self, renewal_id: RenewalId) -> bool:
        """Close what a renewal that is over has left. False where somebody is in it: then it is looked at again later.

        Raises NotAllowed (switched off), NotAuthorized, Unavailable, Rejected. Then the sweep tries again.
        """
        async with self._unit_of_work.read() as tx:
            renewal = await tx.renewals.get(renewal_id)
            connection = await _closing_connection(renewal, tx) if renewal else None
            switches = await tx.switches.read()
        if renewal is None or renewal.is_running or renewal.account is None:
            return True
        # Stored before the calls: whatever breaks during them, the sweep finds the renewal.
        await self._set_close_after(renewal_id, CLOSE_RETRY_AFTER)
        access.require_integration_on(switches)
        if connection is None:
            raise NotAuthorized(_("Its TeamViewer account is no longer connected."))
        try:
            is_closed = await self._close_at_teamviewer(renewal, connection)
        except Unavailable as error:
            await self._set_close_after(renewal_id, pause_after(error, CLOSE_RETRY_AFTER))
            raise
        await self._set_close_after(renewal_id, None if is_closed else LOOK_AGAIN_AFTER)
        return is_closed

    async def _close_at_teamviewer(self, renewal: Renewal, connection: Connection) -> bool:
        """Close the session before, unless somebody is in it. Where it was not replaced, close the new one, if there is one."""
        code: SessionCode | None = renewal.code
        if code is None:
            # Its code was never stored, so it is found by our own id, which it carries. Nobody was given its links.
            unused = await self._remote.find_session(connection, renewal.id)
            code = unused.code if unused else None
        elif (await self._remote.read_status(connection, code)).is_online:
            return False
        if code is not None:
            await self._remote.close_session(connection, code)
        return True

    async def close_due(self) -> None:
        """Close everything whose time has come. What fails is tried again later and does not stop the rest."""
        async with self._unit_of_work.read() as tx:
            due = await tx.renewals.due_to_close(self._clock())
        await bounded_gather(due, self._close_or_give_up, name="close what a renewal has left")

    async def _close_or_give_up(self, renewal: Renewal) -> None:
        if renewal.created_at + _LONGEST < self._clock():
            await self._set_close_after(renewal.id, None)
            return
        await self.close_former(renewal.id)

    async def abandon_stuck(self) -> None:
        """Give up the renewals that have run for too long, so that their sessions can be renewed again."""
        now = self._clock()
        async with self._unit_of_work.read() as tx:
            is_any = bool(await tx.renewals.running(now - STUCK_AFTER))
        if is_any:
            async with self._unit_of_work.write() as tx:
                for renewal in await tx.renewals.running(now - STUCK_AFTER):
                    await tx.renewals.abandon(renewal.id, now + ORPHAN_AFTER)

    async def _set_close_after(self, renewal_id: RenewalId, pause: timedelta | None) -> None:
        at = None if pause is None else self._clock() + pause
        async with self._unit_of_work.write() as tx:
            await tx.renewals.set_close_after(renewal_id, at)


async def _closing_connection(renewal: Renewal, tx: Transaction) -> Connection | None:
    """Return the connection that reaches what a renewal has left. One that was given up will do, until it is revoked."""
    if renewal.account is None:
        return None
    connection = await tx.connections.of_account(renewal.technician, renewal.account)
    return connection or await tx.revocations.of_account(renewal.technician, renewal.account)
