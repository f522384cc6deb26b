"""Create sessions for several requests by one command."""

from collections.abc import Sequence

from bot import access
from bot.commands import Create, CreateSeveral
from bot.i18n import Text, Words, _
from bot.model.card import Audience
from bot.model.ids import RequestNumber
from bot.model.session import Kind, Session
from bot.use_cases.context import CommandContext
from bot.use_cases.create import enqueue_creation, new_session, read_rules_of_connected
from bot.use_cases.creation_limit import require_within_limit
from bot.use_cases.policy_check import require_allowed
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.views.session import make_session_card


async def create_sessions(command: CreateSeveral, context: CommandContext) -> Message:
    """Accept a new session for each request that has none open, and name those that are open. Raises NotAllowed, NotAuthorized.

    Each session is created by a job of its own, so one that fails does not keep the others from being created.
    """
    access.require_integration_on(context.switches)
    rules = await read_rules_of_connected(context)
    wanted = [_new_session(number, command, context) for number in command.numbers]
    await require_within_limit(wanted, context, another=command.another)
    await require_allowed(wanted, rules, context, another=command.another)
    accepted: list[Session] = []
    existing: list[Session] = []
    for session in wanted:
        stored = await context.tx.sessions.open(session, context.command_request.key, another=command.another)
        if stored.id != session.id:
            existing.append(stored)
            continue
        await enqueue_creation(session, context)
        accepted.append(session)
    details = [await open_already_text(session, context) for session in existing]
    if existing:
        example = f"create {existing[0].number} --another"
        details.append(_("For one more session, type for example {words}.", words=Words(example)))
    if not accepted:
        text = _("You have a session open for each of these requests already.")
        return Message(text, details=details)
    text = _accepted_text(command.kind, [one.number for one in accepted])
    # A platform need not keep an answer that only says that work has begun. What is open already has to stay.
    return Message(text, Tone.PLAIN if existing else Tone.WAIT, details, is_accepted=True)


def _new_session(number: RequestNumber, command: CreateSeveral, context: CommandContext) -> Session:
    create = Create(number, command.kind, command.note, command.another, command.in_chat)
    return new_session(create, context, derived_from=f"{context.command_request.key}:{number}")


async def open_already_text(session: Session, context: CommandContext) -> Text:
    """Return which session is open already for a request, and its state."""
    state = make_session_card(
        session, await context.tx.notices.of_session(session.id), Audience.SHARED
    ).state_text
    if session.code is None:
        return _(
            "You have a session open for request #{number} already. {state}",
            number=session.number,
            state=state,
        )
    return _(
        "You have a session open for request #{number} already: {code}. {state}",
        number=session.number,
        code=session.code,
        state=state,
    )


def _accepted_text(kind: Kind, numbers: Sequence[RequestNumber]) -> Text:
    *first, last = (f"#{number}" for number in numbers)
    if not first:
        if kind is Kind.PILOT:
            return _("Creating a Pilot session for request #{number}…", number=numbers[0])
        return _("Creating a remote session for request #{number}…", number=numbers[0])
    # Several answers follow it, so nothing replaces it: it has to stay true.
    if kind is Kind.PILOT:
        return _(
            "Pilot sessions were asked for: {first} and {last}. Each gets a card, or an answer that says why not.",
            first=", ".join(first),
            last=last,
        )
    return _(
        "Sessions were asked for: {first} and {last}. Each gets a card, or an answer that says why not.",
        first=", ".join(first),
        last=last,
    )
