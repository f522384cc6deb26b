"""Say in chat what came of a sign-in at TeamViewer."""

from bot.i18n import Words, _
from bot.jobs import AskAboutAccount, ConfirmConnection
from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.ports import Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Tone, confirm
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
            await replies.answer_command(job.command, _connected_view(connection))

    await steps.run_step("confirm", lambda: retries.call_or_retry(job, confirm, tries=TRIES_TO_ANSWER))


def _connected_view(connection: Connection) -> Message:
    account = connection.account
    address = account.email or account.user_id
    # Another account may have become the active one since the sign-in.
    said = confirm(
        Effect.of(changed=connection.is_active),
        changed=_("You are connected to TeamViewer as {name} ({email}).", name=account.name, email=address),
        nothing=_(
            "You signed in at TeamViewer as {name} ({email}), but your sessions are created with another account now.",
            name=account.name,
            email=address,
        ),
    )
    details = [_("Now type {words} with the number of a request.", words=Words("create N"))]
    return Message.confirming(said, details, is_personal=True)


async def ask_about_account(
    job: AskAboutAccount, steps: Steps, *, replies: Replies, retries: ChatRetries
) -> None:
    """Say in chat that a sign-in with another address waits: somebody else than the technician may have signed in."""
    text = _(
        "Somebody signed in at TeamViewer as {account}, which is not your address {technician}.",
        account=job.account,
        technician=job.technician,
    )
    details = [
        _(
            "If that was you, confirm it on the page in your browser. If not, do nothing: nothing has been connected."
        )
    ]
    view = Message(text, Tone.PROBLEM, details, is_personal=True)
    await steps.run_step(
        "ask",
        lambda: retries.call_or_retry(
            job, lambda: replies.answer_command(job.command, view), tries=TRIES_TO_ANSWER
        ),
    )
