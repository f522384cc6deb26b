"""Read from TeamViewer's connection report how long people were connected, and from which device."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.jobs import RecordDuration
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.ports import ConnectionReport, Steps
from bot.unit_of_work import Transaction
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.session_changes import SessionChanges

REPORT_AFTER_SECONDS = 120
"""TeamViewer does not document how soon a connection appears in the report."""
DEVICE_AFTER_SECONDS = 3
_CLOCK_DIFFERENCE = timedelta(hours=1)
"""The report is asked for from a little before the session, because the two clocks may differ."""


class DurationRecorder:
    """Reads connection reports into sessions."""

    def __init__(self, sessions: SessionChanges, remote: RemoteSessions) -> None:
        self._sessions = sessions
        self._remote = remote

    async def read_report(self, session_id: SessionId) -> None:
        """Read the report of one session. Raises Unavailable, NotAuthorized, Rejected."""
        loaded = await self._sessions.load(session_id)
        if loaded is None or loaded.connection is None or not loaded.switches.integration:
            return
        session = loaded.session
        if session.code is None:
            return
        reports = await self._remote.list_connection_reports(
            loaded.connection, since=session.created_at - _CLOCK_DIFFERENCE, code=session.code
        )
        is_over = not session.state.is_open
        await self._sessions.change(
            session_id, lambda current: _with_reports(current, reports, counts_time=is_over)
        )


async def record_duration(job: RecordDuration, steps: Steps, *, durations: DurationRecorder) -> None:
    """Read the device, and once the session is over the connected time, from TeamViewer's report."""
    await steps.run_step("read the connection report", lambda: durations.read_report(job.session))


async def enqueue_duration_report(session_id: SessionId, tx: Transaction) -> None:
    """Enqueue the report of a session that just ended."""
    job, key = RecordDuration(session_id), f"measure:{session_id}"
    await tx.enqueue(job, key=key, delay_seconds=REPORT_AFTER_SECONDS)


async def enqueue_device_report(session: Session, tx: Transaction) -> None:
    """Enqueue the report of a running connection: it may name the device that the requester joined from."""
    job, key = RecordDuration(session.id), f"device:{session.id}:{session.version}"
    await tx.enqueue(job, key=key, delay_seconds=DEVICE_AFTER_SECONDS)


def _with_reports(
    session: Session, reports: Sequence[ConnectionReport], *, counts_time: bool
) -> Session | None:
    """Return the session with what the reports say.

    ``counts_time`` is False for reports that were read while the session was open: they lack its last connection.
    """
    seconds = (connected_seconds(reports) if counts_time else 0) or session.connected_seconds
    device = next((report.device for report in reports if report.device), session.device)
    if (session.connected_seconds, session.device) == (seconds, device):
        return None
    return replace(session, connected_seconds=seconds, device=device, version=session.version + 1)


def connected_seconds(reports: Sequence[ConnectionReport]) -> int:
    """Return the seconds in which at least one connection existed. Overlapping connections count once."""
    spans = sorted((report.started_at, report.ended_at) for report in reports if report.ended_at is not None)
    total = timedelta()
    until: datetime | None = None
    for start, end in spans:
        begin = max(start, until) if until else start
        total += max(end - begin, timedelta())
        until = max(until, end) if until else end
    return int(total.total_seconds())
