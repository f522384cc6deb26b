"""Create a session for a request, or retry one that failed."""

from collections.abc import Sequence

from bot import access, jobs
from bot.commands import Create, Retry
from bot.errors import NotAuthorized, NotFound
from bot.i18n import Text, Words, _
from bot.model.card import Audience
from bot.model.connection import Connection
from bot.model.ids import OutageId, RequestNumber, derive_session_id, new_join_token
from bot.model.policy import NumberedRule
from bot.model.session import Kind, Session, State
from bot.unit_of_work.together import together
from bot.use_cases.context import CommandContext
from bot.use_cases.creation_limit import require_within_limit
from bot.use_cases.policy_check import require_allowed, store_origin
from bot.values import replace
from bot.views.pages import Message, View
from bot.views.parts import Button, Tone
from bot.views.session import make_session_card


async def create_session(command: Create, context: CommandContext) -> View:
    """Accept a new session. Raises NotAllowed, NotAuthorized.

    If one is open for this request, technician and kind, it is shown, and another one is offered.
    """
    session, is_new = await accept_session(command, context)
    if not is_new:
        return await _offer_another(session, command, context)
    return Message(accepted_text(command.kind, command.number), Tone.WAIT, is_accepted=True)


async def accept_session(
    command: Create, context: CommandContext, *, derived_from: str = ""
) -> tuple[Session, bool]:
    """Store a new session and enqueue its creation. Raises NotAllowed, NotAuthorized.

    Its id is derived from ``derived_from``, else from the key of the command. Returns the session and whether it is new: it is
    the one that is open already, where there is one.
    """
    access.require_integration_on(context.switches)
    rules = await read_rules_of_connected(context)
    session = new_session(command, context, derived_from=derived_from or context.command_request.key)
    await require_within_limit([session], context, another=command.another)
    await require_allowed([session], rules, context, another=command.another)
    existing = await context.tx.sessions.open(session, context.command_request.key, another=command.another)
    # The database decides, because two commands may arrive at the same moment.
    if existing.id != session.id:
        return existing, False
    await enqueue_creation(session, context)
    return session, True


async def retry_session(command: Retry, context: CommandContext) -> View:
    """Retry a session that could not be created. Raises NotFound, NotAllowed, NotAuthorized."""
    access.require_integration_on(context.switches)
    failed = await context.tx.sessions.get(command.session)
    if failed is None:
        raise NotFound(_("The bot no longer knows this session."))
    access.require_creator(failed, context.by)
    if failed.state is not State.FAILED:
        return make_session_card(failed, await context.tx.notices.of_session(failed.id), Audience.SHARED)
    return await create_session(
        Create(failed.number, failed.kind, failed.note, in_chat=failed.in_chat), context
    )


async def require_connection(context: CommandContext) -> None:
    """Raise NotAuthorized if the technician has no TeamViewer account connected."""
    _require_connected(await context.tx.connections.active(context.by.email))


async def read_rules_of_connected(context: CommandContext) -> Sequence[NumberedRule]:
    """Return the rules of SDAdmins. Raises NotAuthorized as ``require_connection`` does."""
    connection, rules = await together(
        context.tx, context.tx.connections.active(context.by.email), context.tx.policy.rules()
    )
    _require_connected(connection)
    return rules


def _require_connected(connection: Connection | None) -> None:
    if connection is None:
        raise NotAuthorized(
            _(
                "First connect your TeamViewer account: press the button, or type {words}.",
                words=Words("auth"),
            )
        )


async def enqueue_creation(session: Session, context: CommandContext) -> None:
    """Enqueue the job that creates an accepted session, and store what rules ask about it."""
    await store_origin(session, context)
    job = jobs.CreateSession(session.id, context.command_request.key)
    await context.tx.enqueue(job, key=f"create:{session.id}:1")


def new_session(
    command: Create, context: CommandContext, *, derived_from: str, outage: OutageId | None = None
) -> Session:
    """Return a new session, perhaps of an outage. Its id is derived from a key of the command.

    So a command that runs twice, even after a crash, makes one session.
    """
    return Session(
        id=derive_session_id(derived_from),
        org_id=context.installation.org_id,
        number=command.number,
        kind=command.kind,
        technician=context.by.email,
        technician_name=context.by.name,
        join_token=new_join_token(),
        created_at=context.now,
        note=command.note,
        in_chat=command.in_chat and context.installation.tells_requester_in_chat,
        outage=outage,
    )


async def _offer_another(existing: Session, command: Create, context: CommandContext) -> View:
    notices = await context.tx.notices.of_session(existing.id)
    another = replace(command, another=True)
    return Message(
        _("You have a session open for request #{number} already.", number=existing.number),
        details=[make_session_card(existing, notices, Audience.SHARED).state_text],
        buttons=[
            *make_session_card(existing, notices, Audience.SHARED).buttons,
            Button(_("Another session"), another),
        ],
    )


def accepted_text(kind: Kind, number: RequestNumber) -> Text:
    """Return what somebody reads whose session is being created."""
    if kind is Kind.PILOT:
        return _("Creating a Pilot session for request #{number}…", number=number)
    return _("Creating a remote session for request #{number}…", number=number)
