"""Remind a technician, once, that the link of their session expires soon."""

from datetime import timedelta

from bot.commands import OnSession, Verb
from bot.i18n import _
from bot.jobs import RemindOfExpiry
from bot.model.ids import SessionId
from bot.model.renewal import MOST_RENEWALS, count_renewals
from bot.ports import Clock, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Button, Style
from bot.views.session import end_question, verb_label
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.replies import Replies
from bot.workflows.session_changes import SessionChanges

BEFORE = timedelta(hours=1)
"""How long before the link expires the reminder is sent."""


async def enqueue_due_reminders(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Mark every session that expires within the hour as reminded, and enqueue its reminder with the mark."""
    now = clock()
    async with unit_of_work.write() as tx:
        for session_id in await tx.sessions.mark_reminded(now, before=now + BEFORE):
            address = await tx.commands.origin_of(session_id)
            if address is not None:
                job = RemindOfExpiry(address.actor.platform, session_id)
                # A renewed session is reminded of once more.
                await tx.enqueue(job, key=f"remind:{session_id}:{now.isoformat()}")


async def remind_of_expiry(
    job: RemindOfExpiry, steps: Steps, *, sessions: SessionChanges, replies: Replies, retries: ChatRetries
) -> None:
    """Say where the session was created that it is still open, and until when."""

    async def remind() -> None:
        await _send_reminder(job.session, sessions, replies)

    await retries.call_or_retry("remind", remind, job, steps, tries=TRIES_TO_ANSWER)


async def _send_reminder(session_id: SessionId, sessions: SessionChanges, replies: Replies) -> None:
    loaded = await sessions.load(session_id)
    # The session may have ended since the reminder was enqueued.
    if loaded is None or not loaded.session.is_usable or loaded.session.valid_until is None:
        return
    session = loaded.session
    text = _(
        "Your session for request #{number} is still open. Its link works until {time}.",
        number=session.number,
        time=session.valid_until,
    )
    renew = Button(verb_label(Verb.RENEW), OnSession(Verb.RENEW, session.id), Style.PRIMARY)
    end = Button(_("End"), OnSession(Verb.END, session.id), Style.DANGER, end_question(session))
    may_be_renewed = count_renewals(session) < MOST_RENEWALS
    await replies.answer_creator(session_id, Message(text, buttons=[renew, end] if may_be_renewed else [end]))
