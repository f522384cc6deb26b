"""Create a session: look the request up, open it at TeamViewer, tell everybody, and keep the card in step."""

from collections.abc import Mapping
from dataclasses import replace

from bot import access
from bot.commands import Auth
from bot.errors import NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.jobs.account import connection_of
from bot.jobs.notices import plan_notices, planned, record_note, send
from bot.jobs.orphans import close_orphan, give_up
from bot.jobs.place_card import hand_over, post_card
from bot.jobs.telling import (
    answer,
    answer_creator,
    change,
    problem,
    show_everywhere,
)
from bot.model.audit import Action, Entry
from bot.model.connection import Connection
from bot.model.ids import SessionId
from bot.model.request import Request
from bot.model.session import VALID_FOR, Session, State
from bot.ports import NewRemoteSession, Outcome, Steps
from bot.store import Transaction
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.world import World

_DESCRIPTION = 4000
_NAME = 100
"""TeamViewer's limits for a session's description and the requester's name, in characters."""


async def create_session(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Make an accepted session real, or say why not."""
    session_id, key = SessionId(arguments["session"]), arguments["command"]
    looked_up = await steps.run("look up the request", lambda: _look_up(session_id, key, world))
    if looked_up.problem is not None:
        view = problem(looked_up.problem)
        await steps.run("forget it", lambda: _forget(session_id, world))
        await steps.run("tell", lambda: answer(world, key, view))
        return
    await steps.run("post the card", lambda: post_card(session_id, world))
    opened = await steps.run("open the session", lambda: _open(session_id, world))
    if opened.problem is not None:
        await _fail(session_id, opened, world, steps)
        return
    standing = await steps.run("see whether it still stands", lambda: _still_stands(session_id, world))
    if not standing:
        await steps.run("close what was opened", lambda: close_orphan(session_id, world))
        return
    await steps.run("hand over", lambda: hand_over(session_id, world))
    for notice_id in planned(session_id):
        await send(notice_id, world, steps)
    await steps.run("note it on the request", lambda: record_note(session_id, world))
    await steps.run("show the cards", lambda: show_everywhere(world, session_id))


async def _still_stands(session_id: SessionId, world: World) -> None:
    """Raise Rejected where it was ended, or given up, while TeamViewer was being asked."""
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open:
        raise Rejected(_("The session was ended before it began."))


async def _session(session_id: SessionId, world: World) -> Session:
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
        access.integration_is_on(await tx.switches.read())
    if session is None:
        raise NotFound(_("This session is no longer known."))
    return session


async def _look_up(session_id: SessionId, key: str, world: World) -> None:
    session = await _session(session_id, world)
    if session.state is not State.CREATING:
        raise Rejected(
            _("The session for request #{number} was ended before it began.", number=session.number)
        )
    try:
        request = await world.servicedesk.request(session.number)
    except Unavailable as error:
        await _tell_of_the_wait(session, error, key, world)
        raise
    if request.is_closed:
        raise Rejected(
            _(
                "Request #{number} is {status}: sessions are for open requests. Reopen it first.",
                number=request.number,
                status=request.status,
            )
        )
    await change(world, session_id, lambda standing: _with_request(standing, request), is_shown=False)


async def _tell_of_the_wait(session: Session, error: Unavailable, key: str, world: World) -> None:
    """Say once that ServiceDesk Plus keeps somebody waiting; there is no card yet that could."""
    if session.problem is not None:
        return
    text = _("{why} Trying again by itself.", why=error.text)
    await change(world, session.id, lambda standing: _with_trouble(standing, text))
    await answer(world, key, Message(text, Tone.WAIT))


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


async def _forget(session_id: SessionId, world: World) -> None:
    async with world.books.write() as tx:
        await tx.sessions.drop(session_id)


async def _open(session_id: SessionId, world: World) -> None:
    session = await _session(session_id, world)
    if session.state is not State.CREATING:
        return
    connection = await _about_to_ask(session, world)
    source = world.tokens(connection)
    try:
        found = None
        if session.account is not None:  # it was asked before: look before asking again
            found = await world.teamviewer.find_session(source, session_id)
        remote = found or await world.teamviewer.create_session(source, _wanted(session, world))
    except Unavailable as error:
        await _show_trouble(session_id, error, world)
        raise

    async def also(tx: Transaction) -> None:
        await plan_notices(session, world, tx)
        subject = f"#{session.number} {remote.code}"
        await tx.audit.append(Entry(world.clock(), session.technician, Action.SESSION_CREATED, subject))

    await change(
        world,
        session_id,
        lambda standing: standing.opened(remote) if standing.state is State.CREATING else None,
        also=also,
    )


async def _about_to_ask(session: Session, world: World) -> Connection:
    """Note which account TeamViewer is asked in, before it is. Raises NotAuthorized."""
    async with world.books.write() as tx:
        connection = await connection_of(session, tx)
        if connection is None:
            raise NotAuthorized(_("Your TeamViewer account is no longer connected."))
        await tx.sessions.attempt(session.id, connection.account.user_id, world.clock())
        await tx.connections.touch(connection, world.clock())
    return connection


def _wanted(session: Session, world: World) -> NewRemoteSession:
    requester = session.requester
    lines = [f"#{session.number} {session.subject}".strip(), session.note]
    return NewRemoteSession(
        key=session.id,
        kind=session.kind,
        description="\n".join(line for line in lines if line)[:_DESCRIPTION],
        requester_name=(requester.name if requester else "")[:_NAME],
        requester_email=requester.email if requester else None,
        valid_until=world.clock() + VALID_FOR,
    )


async def _show_trouble(session_id: SessionId, error: Unavailable, world: World) -> None:
    unsure = isinstance(error, OutcomeUnknown)
    text = (
        _("TeamViewer has not confirmed it yet. Looking whether it exists before trying again.")
        if unsure
        else _("{why} Trying again by itself.", why=error.text)
    )
    await change(world, session_id, lambda standing: _with_trouble(standing, text))


def _with_trouble(session: Session, text: Text) -> Session | None:
    if session.state is not State.CREATING or session.problem == text:
        return None
    return session.with_problem(text)


async def _fail(session_id: SessionId, opened: Outcome, world: World, steps: Steps) -> None:
    text = opened.problem or _("No reason was given.")
    await steps.run("give up", lambda: give_up(session_id, text, world))
    said = _("The session could not be created. {why}", why=text)
    buttons = (
        [Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)] if opened.error == "NotAuthorized" else []
    )
    view = Message(said, Tone.PROBLEM, buttons=buttons)
    await steps.run("tell", lambda: answer_creator(world, session_id, view))
