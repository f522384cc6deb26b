"""Remind a technician, once, of a session whose link soon expires."""

from collections.abc import Mapping
from datetime import timedelta

from bot.commands import OnSession, Verb
from bot.i18n import _
from bot.model.ids import SessionId
from bot.ports import Steps
from bot.services import Services
from bot.unit_of_work import Job
from bot.views.pages import Message
from bot.views.parts import Button, Style
from bot.views.session import end_question
from bot.workflows.replies import answer_creator

BEFORE = timedelta(hours=1)
"""How long before the link expires its technician is reminded."""


async def enqueue_due_reminders(services: Services) -> None:
    """Let everybody be reminded whose session expires within the hour, and who was not reminded yet."""
    now = services.clock()
    async with services.unit_of_work.write() as tx:
        for session_id in await tx.sessions.remind(now, before=now + BEFORE):
            await tx.enqueue(Job("remind", f"remind:{session_id}", {"session": session_id}))


async def remind(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Tell where the session was created that it is still open, and until when."""
    session_id = SessionId(arguments["session"])
    await steps.run("remind", lambda: _remind(session_id, services))


async def _remind(session_id: SessionId, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is None or not session.state.is_open or session.valid_until is None:
        return
    text = _(
        "Your session for request #{number} is still open. Its link works until {time}.",
        number=session.number,
        time=session.valid_until,
    )
    end = Button(_("End"), OnSession(Verb.END, session.id), Style.DANGER, end_question(session))
    await answer_creator(services, session_id, Message(text, buttons=[end]))
