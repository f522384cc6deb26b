"""What becomes of a session that could not be created: given up here, and closed at TeamViewer if it is there."""

from collections.abc import Mapping

from bot.i18n import Text
from bot.model.ids import SessionId
from bot.model.session import State
from bot.ports import Steps
from bot.services import Services
from bot.unit_of_work import Job, Transaction
from bot.workflows.replies import (
    change,
)
from bot.workflows.session_connection import session_connection

ORPHAN_AFTER_SECONDS = 30


async def close_orphan(session_id: SessionId, services: Services) -> None:
    """Close what TeamViewer may have opened for a session that is over: it is looked for by our own id."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        connection = await session_connection(session, tx) if session else None
        switches = await tx.switches.read()
    if session is None or session.account is None or connection is None or session.state.is_open:
        return
    if not switches.integration:
        return
    source = services.tokens(connection)
    remote = await services.teamviewer.find_session(source, session_id)
    if remote is not None:
        await services.teamviewer.close_session(source, remote.code)


async def close_orphan_later(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Close what may have been opened for a session that could not be confirmed."""
    await steps.run("close what was opened", lambda: close_orphan(SessionId(arguments["session"]), services))


async def give_up(session_id: SessionId, text: Text, services: Services) -> None:
    """Mark a session as one that could not be created; what TeamViewer may have opened for it is closed later."""

    async def also(tx: Transaction) -> None:
        arguments = {"session": session_id}
        await tx.enqueue(Job("close_orphan", f"orphan:{session_id}", arguments, ORPHAN_AFTER_SECONDS))

    await change(
        services,
        session_id,
        lambda current: current.failed(text) if current.state is State.CREATING else None,
        also=also,
    )
