"""Remind a technician, once, of a session whose link soon expires."""

from collections.abc import Mapping
from datetime import timedelta

from bot.commands import OnSession, Verb
from bot.i18n import _
from bot.jobs.telling import answer_creator
from bot.model.ids import SessionId
from bot.ports import Steps
from bot.store import Job
from bot.views.pages import Message
from bot.views.parts import Button, Style
from bot.views.session import end_question
from bot.world import World

BEFORE = timedelta(hours=1)
"""How long before the link expires its technician is reminded."""


async def remind_in_time(world: World) -> None:
    """Let everybody be reminded whose session expires within the hour, and who was not reminded yet."""
    now = world.clock()
    async with world.books.write() as tx:
        for session_id in await tx.sessions.remind(now, before=now + BEFORE):
            await tx.enqueue(Job("remind", f"remind:{session_id}", {"session": session_id}))


async def remind(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Tell where the session was created that it is still open, and until when."""
    session_id = SessionId(arguments["session"])
    await steps.run("remind", lambda: _remind(session_id, world))


async def _remind(session_id: SessionId, world: World) -> None:
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open or session.valid_until is None:
        return
    text = _(
        "Your session for request #{number} is still open. Its link works until {time}.",
        number=session.number,
        time=session.valid_until,
    )
    end = Button(_("End"), OnSession(Verb.END, session.id), Style.DANGER, end_question(session))
    await answer_creator(world, session_id, Message(text, buttons=[end]))
