"""Revoke at TeamViewer the connections that were given up here. Their tokens stay stored until that is done."""

from contextlib import suppress
from functools import partial

from bot import access
from bot.authorizations import REVOKE_RETRY_AFTER
from bot.errors import NotAllowed, NotAuthorized, Unavailable
from bot.i18n import Text, _
from bot.jobs import RevokeConnections
from bot.model.connection import Connection
from bot.model.ids import ConnectionId
from bot.pauses import pause_after
from bot.ports import Clock, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.replies import Replies


class ConnectionRevoker:
    """Revokes connections that were given up."""

    def __init__(self, unit_of_work: UnitOfWork, remote: RemoteSessions, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._remote = remote
        self._clock = clock

    async def revoke(self, connection_id: ConnectionId) -> None:
        """Revoke one connection, then delete it. Raises NotAllowed (switched off), Unavailable, Rejected.

        An end that was asked for before counts: its session is closed with this connection first.
        """
        async with self._unit_of_work.read() as tx:
            connection = await tx.revocations.get(connection_id)
            switches = await tx.switches.read()
            waits = connection is not None and await _is_needed(connection, tx)
        if connection is None:
            return
        access.require_integration_on(switches)
        if waits:
            raise Unavailable(_("Sessions that you ended are still being closed with it."))
        with suppress(NotAuthorized):  # TeamViewer no longer accepts these tokens anyway
            await self._remote.revoke_connection(connection)
        async with self._unit_of_work.write() as tx:
            await tx.revocations.delete(connection)

    async def revoke_due(self) -> None:
        """Revoke every connection whose time has come. One that fails is postponed and does not stop the others."""
        async with self._unit_of_work.read() as tx:
            due = await tx.revocations.due(self._clock())
        await bounded_gather(due, self._revoke_or_postpone, name="revoke a connection")

    async def _revoke_or_postpone(self, connection: Connection) -> None:
        try:
            await self.revoke(ConnectionId(connection.id))
        except NotAllowed:
            raise  # switched off meanwhile: it is due as soon as the integration is on again
        except Exception as error:
            async with self._unit_of_work.write() as tx:
                at = self._clock() + pause_after(error, REVOKE_RETRY_AFTER)
                await tx.revocations.postpone(connection, at)
            raise


async def _is_needed(connection: Connection, tx: Transaction) -> bool:
    """Return whether a connection that was given up is still needed: to close something, or to hand a session over."""
    whose = connection.technician, connection.account.user_id
    return (
        await tx.sessions.has_to_close(*whose)
        or await tx.renewals.has_to_close(*whose)
        or await tx.transfers.needs_account(*whose)
    )


async def revoke_connections(
    job: RevokeConnections,
    steps: Steps,
    *,
    revoker: ConnectionRevoker,
    replies: Replies,
) -> None:
    """Revoke the connections that a technician gave up, and say where that has to wait.

    What cannot be revoked now stays due, and the sweep tries it again.
    """
    # One sentence is enough, however many connections have to wait.
    trouble: Text | None = None
    for connection_id in job.connections:
        revoked = await steps.run_step(f"revoke {connection_id}", partial(revoker.revoke, connection_id))
        trouble = revoked.problem or trouble
    if trouble is not None:
        view = _not_revoked_yet(trouble)
        await steps.run_step(
            "report the delay", lambda: replies.enqueue_answer(job.command, view, reason="not_revoked")
        )


def _not_revoked_yet(why: Text) -> Message:
    return Message(
        _("TeamViewer has not yet revoked the access that you gave up. {why}", why=why),
        Tone.WAIT,
        details=[
            _("The bot tries again until it is done. You can also revoke it in TeamViewer’s own settings.")
        ],
        is_personal=True,
    )
