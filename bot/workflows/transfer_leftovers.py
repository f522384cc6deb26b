"""What transfers leave open at TeamViewer: a session that was replaced, or one that nobody has got. It is closed there.

The row of a transfer stores when TeamViewer is asked to close it (``close_after``). The sweep looks for such rows, so no
failure leaves a session open that nobody knows of, and that the former technician could still enter.
"""

from datetime import timedelta

from bot import access
from bot.errors import NotAuthorized, Unavailable
from bot.i18n import _
from bot.model.connection import Connection
from bot.model.ids import TransferId
from bot.model.session import VALID_FOR
from bot.model.transfer import Leftover
from bot.pauses import pause_after
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.connection_reports import ReportReader
from bot.workflows.orphaned_sessions import CLOSE_RETRY_AFTER
from bot.workflows.remote_sessions import RemoteSessions

_LONGEST = VALID_FOR + timedelta(hours=1)
"""After this time a code has expired at TeamViewer, whatever became of it."""


class LeftoverCloser:
    """Closes at TeamViewer what transfers have left open there."""

    def __init__(
        self, unit_of_work: UnitOfWork, remote: RemoteSessions, reports: ReportReader, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._remote = remote
        self._reports = reports
        self._clock = clock

    async def close_of(self, transfer_id: TransferId) -> None:
        """Close what a transfer has left, if there is anything.

        Raises NotAllowed (switched off), NotAuthorized, Unavailable, Rejected. Then the sweep tries again.
        """
        async with self._unit_of_work.read() as tx:
            leftover = await tx.transfers.leftover_of(transfer_id)
        if leftover is not None:
            await self._close(leftover)

    async def close_due(self) -> None:
        """Close everything whose time has come. What fails is tried again later and does not stop the rest."""
        async with self._unit_of_work.read() as tx:
            due = await tx.transfers.due_leftovers(self._clock())
        await bounded_gather(due, self._close_or_give_up, name="close what a transfer has left")

    async def _close_or_give_up(self, leftover: Leftover) -> None:
        if leftover.since + _LONGEST < self._clock():
            async with self._unit_of_work.write() as tx:
                await tx.transfers.delete_leftover(leftover.transfer)
            return
        await self._close(leftover)

    async def _close(self, leftover: Leftover) -> None:
        # Stored before the calls: whatever breaks during them, the sweep finds the transfer.
        await self._postpone(leftover, CLOSE_RETRY_AFTER)
        async with self._unit_of_work.read() as tx:
            connection = await _closing_connection(leftover, tx)
            access.require_integration_on(await tx.switches.read())
        if connection is None:
            raise NotAuthorized(_("Its TeamViewer account is no longer connected."))
        try:
            await self._close_at_teamviewer(leftover, connection)
        except Unavailable as error:
            await self._postpone(leftover, pause_after(error, CLOSE_RETRY_AFTER))
            raise
        async with self._unit_of_work.write() as tx:
            await tx.transfers.delete_leftover(leftover.transfer)

    async def _close_at_teamviewer(self, leftover: Leftover, connection: Connection) -> None:
        code = leftover.code
        if code is None:
            # Its code was never stored, so it is found by our own id, which it carries. Nobody was given its links.
            unused = await self._remote.find_session(connection, leftover.transfer)
            if unused is None:
                return
            code = unused.code
        await self._remote.close_session(connection, code)
        # The connections under the former code belong to the session too.
        await self._reports.read_code(connection, leftover.session_id, code)

    async def _postpone(self, leftover: Leftover, pause: timedelta) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.transfers.postpone_leftover(leftover.transfer, self._clock() + pause)


async def _closing_connection(leftover: Leftover, tx: Transaction) -> Connection | None:
    """Return the connection that reaches what a transfer has left. One that was given up will do, until it is revoked."""
    whose = leftover.technician, leftover.account
    return await tx.connections.of_account(*whose) or await tx.revocations.of_account(*whose)
