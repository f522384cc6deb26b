"""Read TeamViewer's connection reports: who is connected now, how long people were, and from which device.

They exist only for accounts whose switch "Log sessions for connection reporting" is on at TeamViewer. When a record
appears there is documented nowhere, so they are read several times.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.jobs import ReadReports
from bot.model.connection import Connection
from bot.model.ids import SessionCode, SessionId
from bot.model.session import Session
from bot.model.session_connection import SessionConnection
from bot.ports import Clock, ConnectionReport, Steps
from bot.record_correction import enqueue_correction
from bot.unit_of_work import Transaction
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.session_changes import SessionChanges

READ_AFTER = (timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
"""When the reports of a session are read after its end. Later they are read again when its history is looked at."""
_CLOCK_DIFFERENCE = timedelta(hours=1)
"""The reports are asked for from a little before the session, because the two clocks may differ."""


class ReportReader:
    """Reads connection reports into sessions."""

    def __init__(self, sessions: SessionChanges, remote: RemoteSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._remote = remote
        self._clock = clock

    async def read_reports(self, session_id: SessionId) -> None:
        """Read the reports of one session. Raises Unavailable, NotAuthorized, Rejected."""
        loaded = await self._sessions.load(session_id)
        if loaded is None or loaded.connection is None or not loaded.switches.integration:
            return
        session = loaded.session
        since = session.created_at - _CLOCK_DIFFERENCE
        # The connections before a renewal belong to the session too, and may be reported late.
        for code in session.codes:
            reports = await self._remote.list_connection_reports(loaded.connection, since=since, code=code)
            await self._store(session, reports)

    async def read_code(self, connection: Connection, session_id: SessionId, code: SessionCode) -> None:
        """Read the reports of a code that a session had before. Raises Unavailable, NotAuthorized, Rejected."""
        loaded = await self._sessions.load(session_id)
        if loaded is None:
            return
        since = loaded.session.created_at - _CLOCK_DIFFERENCE
        reports = await self._remote.list_connection_reports(connection, since=since, code=code)
        # One that still runs is the former technician's: it says nothing about the session as it is now.
        await self._store(loaded.session, [one for one in reports if one.connection.ended_at is not None])

    async def read_account(self, connection: Connection, sessions: Sequence[Session]) -> None:
        """Read the reports of several sessions of one account: one call, however many sessions.

        Raises Unavailable, NotAuthorized, Rejected.
        """
        since = min(session.created_at for session in sessions) - _CLOCK_DIFFERENCE
        reports = await self._remote.list_connection_reports(connection, since=since)
        for session in sessions:
            await self._store(session, [one for one in reports if _is_of(one, session)])

    async def _store(self, session: Session, reports: Sequence[ConnectionReport]) -> None:
        connections = [one.connection for one in reports]
        now = self._clock()

        async def enqueue_record(tx: Transaction) -> None:
            await enqueue_correction(session.id, now, tx)

        await self._sessions.change_where_needed(
            session, lambda current: _with_reports(current, connections, now), also=enqueue_record
        )


def _is_of(report: ConnectionReport, session: Session) -> bool:
    return report.code is not None and session.has_code(report.code)


def _with_reports(
    session: Session, connections: Sequence[SessionConnection], now: datetime
) -> Session | None:
    changed = session.reported(connections, now)
    return None if changed is session else changed


async def read_reports(job: ReadReports, steps: Steps, *, reports: ReportReader) -> None:
    """Read the connections of one session from TeamViewer's reports."""
    await steps.run_step("read the connection reports", lambda: reports.read_reports(job.session))


async def enqueue_reports_after_end(session_id: SessionId, tx: Transaction) -> None:
    """Enqueue the readings of the reports of a session that just ended."""
    for after in READ_AFTER:
        seconds = int(after.total_seconds())
        await tx.enqueue(
            ReadReports(session_id), key=f"reports:{session_id}:{seconds}", delay_seconds=seconds
        )
