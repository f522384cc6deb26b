"""A round of the sweep, and what it finds."""

from support.bot_in_memory import BotInMemory
from support.sessions import NOW

from bot.jobs import Sweep
from bot.model.session import Session, State
from bot.model.session_connection import SessionConnection
from bot.ports import ConnectionReport

ROUND = Sweep(up_seconds=0)


async def joined(bot: BotInMemory, *, another: bool = False) -> Session:
    """Create a session whose requester has joined."""
    session = await bot.open_session(another=another)
    assert session.code is not None
    bot.teamviewer.online.add(session.code)
    await bot.run_job(ROUND)
    return session


async def state(bot: BotInMemory, session: Session) -> State:
    """Return the stored state of a session."""
    return (await bot.session(session.id)).state


def running(session: Session) -> ConnectionReport:
    """Return TeamViewer's report of a connection that runs."""
    return ConnectionReport(session.code, SessionConnection("1", NOW, None, "PC-7"))
