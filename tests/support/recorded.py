"""What the ends of sessions leave on requests at the simulated ServiceDesk Plus."""

from datetime import timedelta
from typing import Any

from support.bot import RunningBot
from support.chat_user import ChatUser
from support.slack_user import until

from bot.model.audit import Action
from bot.model.ids import RequestNumber
from bot.model.session import Session
from sandbox.servicedesk.model import ConversationEntry


def record_notes(user: ChatUser, number: str) -> list[ConversationEntry]:
    """Return the notes about the ends of a request's sessions. Those about the creation are left out."""
    return [note for note in user.environment.servicedesk.notes(number) if "is over" in note.html]


async def stored_session(bot: RunningBot, number: str) -> Session:
    """Return the newest session of a request."""
    async with bot.unit_of_work.read() as tx:
        return (await tx.sessions.history(number=RequestNumber(number), limit=2))[0]


async def help_requester(user: ChatUser, number: str, session: Any, *, minutes: float) -> None:
    """Let the requester join and be connected for some minutes. The connection runs until the session is closed."""
    teamviewer = user.environment.teamviewer
    teamviewer.join_session(session.code, f"LAPTOP-OF-ANN-{number}")
    await until(lambda: user.card(number, "is there"))
    teamviewer.connect_session(session.code)
    teamviewer.connections[-1].started_at -= timedelta(minutes=minutes)


async def end_session(user: ChatUser, number: str) -> Any:
    """End the session of a request, and wait for its card and for its record. TeamViewer reports the connection after that."""
    options = user.environment.teamviewer.options
    options.report_delay = timedelta(days=1)
    await user.type(f"end {number}")
    card = await until(lambda: user.card(number, "Ended by"))
    await until(lambda: record_notes(user, number))
    options.report_delay = timedelta(0)
    return card


async def record_actions(bot: RunningBot, number: str) -> list[Action]:
    """Return what the audit log says about the records of a request's sessions, oldest first."""
    async with bot.unit_of_work.read() as tx:
        entries = [record.entry for record in await tx.audit.all()]
    of_records = {Action.RECORD_FAILED, Action.RECORD_WRITTEN}
    return [one.action for one in entries if one.action in of_records and f"#{number} " in one.subject]


async def make_due(bot: RunningBot, number: str) -> None:
    """Make the rest of the record of a request's session due now, so that the next round of the sweep enqueues it."""
    session = await stored_session(bot, number)
    await bot.settle()
    async with bot.unit_of_work.write() as tx:
        record = await tx.session_records.get(session.id)
        assert record is not None
        assert record.due_at is not None, "nothing of the record is missing"
        await tx.session_records.save(record.due_now(bot.services.clock()))
