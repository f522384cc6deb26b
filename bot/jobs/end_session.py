"""End a session: at TeamViewer first, then here."""

from collections.abc import Mapping
from dataclasses import replace

from bot import access
from bot.i18n import Words, _
from bot.jobs.account import connection_of, no_connection
from bot.jobs.measure import measure_later
from bot.jobs.telling import answer, answer_creator, change, problem
from bot.model.audit import Action, Entry
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.ports import Steps
from bot.store import Transaction
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.world import World


async def end_session(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Close a session's code at TeamViewer and show it as ended, or tell why it could not be.

    ``by`` is whoever ends it, as the card names them; ``email`` is how the audit trail does. Where nobody in the chat
    asked for it (``command`` is empty), the session's creator is told.
    """
    session_id, key = SessionId(arguments["session"]), arguments["command"]
    closed = await steps.run("close it at TeamViewer", lambda: close(session_id, world))
    if closed.problem is not None:
        view = problem(_("The session could not be ended. {why}", why=closed.problem))
        await steps.run("tell", lambda: answer(world, key, view) if key else _warn(session_id, view, world))
        return
    await steps.run("end it", lambda: _end(session_id, arguments, world))
    await steps.run("tell", lambda: _tell(session_id, key, world))


async def _warn(session_id: SessionId, view: Message, world: World) -> None:
    """Tell the creator that their session stays open, and what to do."""
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open:
        return
    told = _(
        "Request #{number} was closed in ServiceDesk Plus. To end its session yourself, type {words}.",
        number=session.number,
        words=Words(f"end {session.number}"),
    )
    await answer_creator(world, session_id, replace(view, details=[told]))


async def close(session_id: SessionId, world: World) -> None:
    """Close a session's code, in the account that it lives in. Raises NotAuthorized, Unavailable, Rejected."""
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
        connection = await connection_of(session, tx) if session else None
        access.integration_is_on(await tx.switches.read())
    if session is None or session.code is None:
        return
    if connection is None:
        raise no_connection(session)
    await world.teamviewer.close_session(world.tokens(connection), session.code)


async def _end(session_id: SessionId, arguments: Mapping[str, str], world: World) -> None:
    def move(session: Session) -> Session | None:
        return session.ended(world.clock(), arguments["by"]) if session.state.is_open else None

    async def record(tx: Transaction) -> None:
        session = await tx.sessions.get(session_id)
        subject = f"#{session.number} {session.code or ''}".strip() if session else ""
        await tx.enqueue(measure_later(session_id))
        await tx.audit.append(Entry(world.clock(), arguments["email"], Action.SESSION_ENDED, subject))

    await change(world, session_id, move, also=record)


async def _tell(session_id: SessionId, command_key: str, world: World) -> None:
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is not None and not session.state.is_open:
        text = _("The session for request #{number} is ended.", number=session.number)
        await answer(world, command_key, Message(text, Tone.GOOD))
