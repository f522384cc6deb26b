"""Tell a technician that their session ended because its request was closed in ServiceDesk Plus."""

from bot.i18n import Text, _
from bot.jobs import ReportClosedRequest
from bot.model.ids import SessionId
from bot.model.session import Session
from bot.ports import Steps
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.views.session import running_connection_advice
from bot.workflows.chat_retries import TRIES_TO_SHOW, ChatRetries
from bot.workflows.replies import Replies
from bot.workflows.session_changes import SessionChanges


async def report_closed_request(
    job: ReportClosedRequest,
    steps: Steps,
    *,
    sessions: SessionChanges,
    replies: Replies,
    retries: ChatRetries,
) -> None:
    """Send the technician a private message that stays: they may be connected, and look away from the card."""

    async def report() -> None:
        await _send_report(job.session, sessions, replies)

    await retries.call_or_retry("report the closed request", report, job, steps, tries=TRIES_TO_SHOW)


async def _send_report(session_id: SessionId, sessions: SessionChanges, replies: Replies) -> None:
    loaded = await sessions.load(session_id)
    if loaded is not None:
        session = loaded.session
        text = _(
            "Request #{number} was closed in ServiceDesk Plus, so your session for it has ended.",
            number=session.number,
        )
        view = Message(text, Tone.PROBLEM, _advice(session), is_personal=True)
        await replies.message_technician(session, view)


def _advice(session: Session) -> list[Text]:
    # Without a code there never was a link.
    if session.code is None:
        return []
    return [running_connection_advice()]
