"""Take the connected time of an ended session from TeamViewer's connection report, which comes a little later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model.ids import SessionId
from bot.model.session import Session
from bot.ports import ConnectionReport, Steps
from bot.services import Services
from bot.unit_of_work import Job
from bot.workflows.replies import change
from bot.workflows.session_connection import session_connection

REPORT_AFTER_SECONDS = 120
DEVICE_AFTER_SECONDS = 3
_SLACK = timedelta(hours=1)


def measure_session_job(session_id: SessionId) -> Job:
    """The job that reads the report a little later: how soon a connection appears in it is not documented."""
    return Job("measure_session", f"measure:{session_id}", {"session": session_id}, REPORT_AFTER_SECONDS)


def find_device_job(session: Session) -> Job:
    """The job that looks from which device the requester joined, where the report tells of running connections."""
    key = f"device:{session.id}:{session.version}"
    return Job("measure_session", key, {"session": session.id}, DEVICE_AFTER_SECONDS)


async def measure_session(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Take the device, and once the session is over the connected time, from what TeamViewer reports."""
    await steps.run("read the connection report", lambda: _measure(SessionId(arguments["session"]), services))


async def _measure(session_id: SessionId, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        connection = await session_connection(session, tx) if session else None
        switches = await tx.switches.read()
    if session is None or connection is None or session.code is None or not switches.integration:
        return
    reports = await services.teamviewer.connection_reports(
        services.tokens(connection), since=session.created_at - _SLACK, code=session.code
    )
    await change(services, session_id, lambda one: _measured(one, reports))


def _measured(session: Session, reports: Sequence[ConnectionReport]) -> Session | None:
    """Of an open session only the device is taken: its time is still being counted here."""
    seconds = connected_seconds(reports)
    if session.state.is_open or not seconds:
        seconds = session.connected_seconds
    device = next((report.device for report in reports if report.device), session.device)
    if (session.connected_seconds, session.device) == (seconds, device):
        return None
    return replace(session, connected_seconds=seconds, device=device, version=session.version + 1)


def connected_seconds(reports: Sequence[ConnectionReport]) -> int:
    """Add up the time in which at least one connection stood: overlapping ones count once."""
    spans = sorted((report.started_at, report.ended_at) for report in reports if report.ended_at is not None)
    total = timedelta()
    until: datetime | None = None
    for start, end in spans:
        begin = max(start, until) if until else start
        total += max(end - begin, timedelta())
        until = max(until, end) if until else end
    return int(total.total_seconds())
