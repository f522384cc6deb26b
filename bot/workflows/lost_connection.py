"""Tell a technician that TeamViewer no longer accepts their connection, before they need it."""

from bot.commands import Auth
from bot.i18n import _
from bot.jobs import ReportLostConnection
from bot.model.ids import ConnectionId
from bot.ports import Steps
from bot.unit_of_work import UnitOfWork
from bot.use_cases.authorize import lost_authorization
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.workflows.chat_retries import TRIES_TO_SHOW, ChatRetries
from bot.workflows.replies import Replies


async def report_lost_connection(
    job: ReportLostConnection,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    replies: Replies,
    retries: ChatRetries,
) -> None:
    """Send the technician a private message that stays, with the button that connects TeamViewer."""

    async def report() -> None:
        await _send_report(job.connection, unit_of_work, replies)

    await retries.call_or_retry("report the lost connection", report, job, steps, tries=TRIES_TO_SHOW)


async def _send_report(connection_id: ConnectionId, unit_of_work: UnitOfWork, replies: Replies) -> None:
    async with unit_of_work.read() as tx:
        lost = await tx.connections.get(connection_id)
        active = await tx.connections.active(lost.technician) if lost is not None else None
    # Who has connected again meanwhile has nothing to do.
    if lost is None or active is not None:
        return
    details = [
        _("Until then you cannot create sessions, and the cards of your open sessions may be out of date.")
    ]
    button = Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)
    view = Message(lost_authorization().text, Tone.PROBLEM, details, [button], is_personal=True)
    await replies.message_person(lost.technician, view)
