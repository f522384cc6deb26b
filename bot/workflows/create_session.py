"""Create a session: look the request up, open it at TeamViewer, tell everybody, and keep the card in step."""

from collections.abc import Mapping
from dataclasses import replace

from bot import access
from bot.commands import Auth
from bot.errors import NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Connection
from bot.model.ids import SessionId
from bot.model.request import Request
from bot.model.session import VALID_FOR, Session, State
from bot.ports import NewRemoteSession, Outcome, Steps
from bot.services import Services
from bot.unit_of_work import Transaction
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.workflows.notices import plan_notices, planned, record_note, send
from bot.workflows.orphaned_sessions import close_orphan, give_up
from bot.workflows.post_card import hand_over, post_card
from bot.workflows.replies import (
    answer,
    answer_creator,
    change,
    problem,
    show_everywhere,
)
from bot.workflows.session_connection import session_connection

_DESCRIPTION = 4000
_NAME = 100
"""TeamViewer's limits for a session's description and the requester's name, in characters."""


async def create_session(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Make an accepted session real, or say why not."""
    session_id, key = SessionId(arguments["session"]), arguments["command"]
    looked_up = await steps.run("look up the request", lambda: _look_up(session_id, key, services))
    if looked_up.problem is not None:
        view = problem(looked_up.problem)
        await steps.run("forget it", lambda: _forget(session_id, services))
        await steps.run("tell", lambda: answer(services, key, view))
        return
    await steps.run("post the card", lambda: post_card(session_id, services))
    opened = await steps.run("open the session", lambda: _open(session_id, services))
    if opened.problem is not None:
        await _fail(session_id, opened, services, steps)
        return
    current = await steps.run("see whether it still stands", lambda: _still_stands(session_id, services))
    if not current:
        await steps.run("close what was opened", lambda: close_orphan(session_id, services))
        return
    await steps.run("hand over", lambda: hand_over(session_id, services))
    for notice_id in planned(session_id):
        await send(notice_id, services, steps)
    await steps.run("note it on the request", lambda: record_note(session_id, services))
    await steps.run("show the cards", lambda: show_everywhere(services, session_id))


async def _still_stands(session_id: SessionId, services: Services) -> None:
    """Raise Rejected where it was ended, or given up, while TeamViewer was being asked."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open:
        raise Rejected(_("The session was ended before it began."))


async def _session(session_id: SessionId, services: Services) -> Session:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        access.require_integration_on(await tx.switches.read())
    if session is None:
        raise NotFound(_("This session is no longer known."))
    return session


async def _look_up(session_id: SessionId, key: str, services: Services) -> None:
    session = await _session(session_id, services)
    if session.state is not State.CREATING:
        raise Rejected(
            _("The session for request #{number} was ended before it began.", number=session.number)
        )
    try:
        request = await services.servicedesk.request(session.number)
    except Unavailable as error:
        await _tell_of_the_wait(session, error, key, services)
        raise
    if request.is_closed:
        raise Rejected(
            _(
                "Request #{number} is {status}: sessions are for open requests. Reopen it first.",
                number=request.number,
                status=request.status,
            )
        )
    await change(services, session_id, lambda current: _with_request(current, request), is_shown=False)


async def _tell_of_the_wait(session: Session, error: Unavailable, key: str, services: Services) -> None:
    """Say once that ServiceDesk Plus keeps somebody waiting; there is no card yet that could."""
    if session.problem is not None:
        return
    text = _("{why} Trying again by itself.", why=error.text)
    await change(services, session.id, lambda current: _with_trouble(current, text))
    await answer(services, key, Message(text, Tone.WAIT))


def _with_request(session: Session, request: Request) -> Session:
    return replace(
        session,
        request_id=request.id,
        subject=request.subject,
        request_url=request.url,
        requester=request.requester,
        problem=None,
        version=session.version + 1,
    )


async def _forget(session_id: SessionId, services: Services) -> None:
    async with services.unit_of_work.write() as tx:
        await tx.sessions.drop(session_id)


async def _open(session_id: SessionId, services: Services) -> None:
    session = await _session(session_id, services)
    if session.state is not State.CREATING:
        return
    connection = await _about_to_ask(session, services)
    source = services.tokens(connection)
    try:
        found = None
        if session.account is not None:  # it was asked before: look before asking again
            found = await services.teamviewer.find_session(source, session_id)
        remote = found or await services.teamviewer.create_session(source, _wanted(session, services))
    except Unavailable as error:
        await _show_trouble(session_id, error, services)
        raise

    async def also(tx: Transaction) -> None:
        await plan_notices(session, services, tx)
        subject = f"#{session.number} {remote.code}"
        await tx.audit.append(
            AuditEntry(services.clock(), session.technician, Action.SESSION_CREATED, subject)
        )

    await change(
        services,
        session_id,
        lambda current: current.opened(remote) if current.state is State.CREATING else None,
        also=also,
    )


async def _about_to_ask(session: Session, services: Services) -> Connection:
    """Note which account TeamViewer is asked in, before it is. Raises NotAuthorized."""
    async with services.unit_of_work.write() as tx:
        connection = await session_connection(session, tx)
        if connection is None:
            raise NotAuthorized(_("Your TeamViewer account is no longer connected."))
        await tx.sessions.attempt(session.id, connection.account.user_id, services.clock())
        await tx.connections.touch(connection, services.clock())
    return connection


def _wanted(session: Session, services: Services) -> NewRemoteSession:
    requester = session.requester
    lines = [f"#{session.number} {session.subject}".strip(), session.note]
    return NewRemoteSession(
        key=session.id,
        kind=session.kind,
        description="\n".join(line for line in lines if line)[:_DESCRIPTION],
        requester_name=(requester.name if requester else "")[:_NAME],
        requester_email=requester.email if requester else None,
        valid_until=services.clock() + VALID_FOR,
    )


async def _show_trouble(session_id: SessionId, error: Unavailable, services: Services) -> None:
    unsure = isinstance(error, OutcomeUnknown)
    text = (
        _("TeamViewer has not confirmed it yet. Looking whether it exists before trying again.")
        if unsure
        else _("{why} Trying again by itself.", why=error.text)
    )
    await change(services, session_id, lambda current: _with_trouble(current, text))


def _with_trouble(session: Session, text: Text) -> Session | None:
    if session.state is not State.CREATING or session.problem == text:
        return None
    return session.with_problem(text)


async def _fail(session_id: SessionId, opened: Outcome, services: Services, steps: Steps) -> None:
    text = opened.problem or _("No reason was given.")
    await steps.run("give up", lambda: give_up(session_id, text, services))
    said = _("The session could not be created. {why}", why=text)
    buttons = (
        [Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)] if opened.error == "NotAuthorized" else []
    )
    view = Message(said, Tone.PROBLEM, buttons=buttons)
    await steps.run("tell", lambda: answer_creator(services, session_id, view))
