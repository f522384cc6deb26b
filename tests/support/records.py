"""Sessions that are over, with their records on the request."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, BotInMemory

from bot.errors import NotAuthorized
from bot.i18n import Text
from bot.jobs import EndSession, Job, ReadReports, WriteRecord
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.model.session_connection import SessionConnection
from bot.model.session_record import SessionRecord
from bot.ports import ConnectionReport


async def end_session(bot: BotInMemory, session: Session) -> Session:
    """End a session as its technician does, and write its record. TeamViewer has reported nothing yet."""
    await bot.run_job(EndSession(session.id, ANA.name, ANA.email))
    await run_records(bot)
    return await bot.session(session.id)


async def ended_session(bot: BotInMemory) -> Session:
    """Return a session that was ended, with its record."""
    return await end_session(bot, await bot.open_session())


def add_report(
    bot: BotInMemory, session: Session, *, minutes: float, begins: float = 0, place: str = "1"
) -> None:
    """Let TeamViewer report a connection of a session."""
    start = session.created_at + timedelta(minutes=begins)
    connection = SessionConnection(place, start, start + timedelta(minutes=minutes), "PC-7")
    bot.teamviewer.reports.append(ConnectionReport(session.code, connection))


async def read_reports(bot: BotInMemory, session: Session) -> None:
    """Read the reports of a session, and bring its record up to date."""
    await bot.run_job(ReadReports(session.id))
    await run_records(bot)


async def run_records(bot: BotInMemory) -> list[Job]:
    """Run the jobs that write records, and drop the others. Returns those that ran."""
    jobs = [one.job for one in bot.unit_of_work.take_jobs()]
    records = [job for job in jobs if isinstance(job, WriteRecord)]
    for job in records:
        await bot.run_job(job)
    return list(records)


async def stored_record(bot: BotInMemory, session_id: SessionId) -> SessionRecord:
    """Return what is stored of the record of a session."""
    async with bot.unit_of_work.read() as tx:
        record = await tx.session_records.get(session_id)
    assert record is not None, "the session has no record"
    return record


def notes_of_record(bot: BotInMemory) -> list[str]:
    """Return the notes about ends of sessions. The notes about their creation are left out."""
    return [html for _request, html in bot.servicedesk.notes if "is over" in html]


def logged_minutes(bot: BotInMemory) -> list[int]:
    """Return the minutes of each worklog."""
    return [worklog.minutes for _request, worklog in bot.servicedesk.worklogs]


NO_SCOPE = NotAuthorized(Text("It lacks the scope."))
FAILURES = pytest.mark.parametrize("error", [AWAY, REFUSED, NO_SCOPE], ids=["away", "refused", "no scope"])
