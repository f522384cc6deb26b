"""Say in chat what came of a sign-in at TeamViewer."""

from bot.commands import ConnectAccount
from bot.i18n import _
from bot.jobs import AskAboutAccount, ConfirmConnection
from bot.ports import Steps
from bot.unit_of_work import UnitOfWork
from bot.views.connected import connected_view
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.replies import Replies


async def confirm_connection(
    job: ConfirmConnection, steps: Steps, *, unit_of_work: UnitOfWork, replies: Replies, retries: ChatRetries
) -> None:
    """Say that the sign-in worked, and what to type next."""

    async def confirm() -> None:
        async with unit_of_work.read() as tx:
            connection = await tx.connections.get(job.connection)
        if connection is not None:
            await replies.answer_command(job.command, connected_view(connection))

    await retries.call_or_retry("confirm", confirm, job, steps, tries=TRIES_TO_ANSWER)


async def ask_about_account(
    job: AskAboutAccount, steps: Steps, *, replies: Replies, retries: ChatRetries
) -> None:
    """Ask the technician in chat about a sign-in with another address: somebody else may have signed in."""
    text = _(
        "Somebody signed in at TeamViewer as {account}, which is not your address {technician}.",
        account=job.account,
        technician=job.technician,
    )
    details = [
        _(
            "If that was you, press the button within 10 minutes. If not, do nothing: nothing has been connected."
        )
    ]
    button = Button(_("Connect this account"), ConnectAccount(job.connection), Style.PRIMARY)
    view = Message(text, Tone.PROBLEM, details, [button], is_personal=True)
    await retries.call_or_retry(
        "ask", lambda: replies.answer_command(job.command, view), job, steps, tries=TRIES_TO_ANSWER
    )
