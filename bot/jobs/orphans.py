"""What becomes of a session that could not be created: given up here, and closed at TeamViewer if it is there."""

from collections.abc import Mapping

from bot.i18n import Text
from bot.jobs.account import connection_of
from bot.jobs.telling import (
    change,
)
from bot.model.ids import SessionId
from bot.model.session import State
from bot.ports import Steps
from bot.store import Job, Transaction
from bot.world import World

ORPHAN_AFTER_SECONDS = 30


async def close_orphan(session_id: SessionId, world: World) -> None:
    """Close what TeamViewer may have opened for a session that is over: it is looked for by our own id."""
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
        connection = await connection_of(session, tx) if session else None
        switches = await tx.switches.read()
    if session is None or session.account is None or connection is None or session.state.is_open:
        return
    if not switches.integration:
        return
    source = world.tokens(connection)
    remote = await world.teamviewer.find_session(source, session_id)
    if remote is not None:
        await world.teamviewer.close_session(source, remote.code)


async def close_orphan_later(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Close what may have been opened for a session that could not be confirmed."""
    await steps.run("close what was opened", lambda: close_orphan(SessionId(arguments["session"]), world))


async def give_up(session_id: SessionId, text: Text, world: World) -> None:
    """Mark a session as one that could not be created; what TeamViewer may have opened for it is closed later."""

    async def also(tx: Transaction) -> None:
        arguments = {"session": session_id}
        await tx.enqueue(Job("close_orphan", f"orphan:{session_id}", arguments, ORPHAN_AFTER_SECONDS))

    await change(
        world,
        session_id,
        lambda standing: standing.failed(text) if standing.state is State.CREATING else None,
        also=also,
    )
