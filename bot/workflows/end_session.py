"""End a session: at TeamViewer first, then here."""

from collections.abc import Mapping
from dataclasses import replace

from bot import access
from bot.i18n import Words, _
from bot.model.audit import Action, AuditEntry
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.ports import Steps
from bot.services import Services
from bot.unit_of_work import Transaction
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.record_duration import measure_session_job
from bot.workflows.replies import answer, answer_creator, change, problem
from bot.workflows.session_connection import no_connection, session_connection


async def end_session(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Close a session's code at TeamViewer and show it as ended, or tell why it could not be.

    ``by`` is whoever ends it, as the card names them; ``email`` is how the audit trail does. Where nobody in the chat
    asked for it (``command`` is empty), the session's creator is told.
    """
    session_id, key = SessionId(arguments["session"]), arguments["command"]
    closed = await steps.run("close it at TeamViewer", lambda: close(session_id, services))
    if closed.problem is not None:
        view = problem(_("The session could not be ended. {why}", why=closed.problem))
        await steps.run(
            "tell", lambda: answer(services, key, view) if key else _warn(session_id, view, services)
        )
        return
    await steps.run("end it", lambda: _end(session_id, arguments, services))
    await steps.run("tell", lambda: _tell(session_id, key, services))


async def _warn(session_id: SessionId, view: Message, services: Services) -> None:
    """Tell the creator that their session stays open, and what to do."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open:
        return
    told = _(
        "Request #{number} was closed in ServiceDesk Plus. To end its session yourself, type {words}.",
        number=session.number,
        words=Words(f"end {session.number}"),
    )
    await answer_creator(services, session_id, replace(view, details=[told]))


async def close(session_id: SessionId, services: Services) -> None:
    """Close a session's code, in the account that it lives in. Raises NotAuthorized, Unavailable, Rejected."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        connection = await session_connection(session, tx) if session else None
        access.require_integration_on(await tx.switches.read())
    if session is None or session.code is None:
        return
    if connection is None:
        raise no_connection(session)
    await services.teamviewer.close_session(services.tokens(connection), session.code)


async def _end(session_id: SessionId, arguments: Mapping[str, str], services: Services) -> None:
    def move(session: Session) -> Session | None:
        return session.ended(services.clock(), arguments["by"]) if session.state.is_open else None

    async def record(tx: Transaction) -> None:
        session = await tx.sessions.get(session_id)
        subject = f"#{session.number} {session.code or ''}".strip() if session else ""
        await tx.enqueue(measure_session_job(session_id))
        await tx.audit.append(AuditEntry(services.clock(), arguments["email"], Action.SESSION_ENDED, subject))

    await change(services, session_id, move, also=record)


async def _tell(session_id: SessionId, command_key: str, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is not None and not session.state.is_open:
        text = _("The session for request #{number} is ended.", number=session.number)
        await answer(services, command_key, Message(text, Tone.GOOD))
