"""Find the open session that a command is about, and the sentences for where there is none."""

from collections.abc import Sequence

from bot import access
from bot.access import SessionWord
from bot.errors import NotFound
from bot.i18n import Text, _
from bot.model.ids import RequestNumber, SessionId, is_typed_reference, shown_code
from bot.model.invitation import find_open
from bot.model.session import Session
from bot.use_cases.context import CommandContext
from bot.views.plan_words import planned_only_text
from bot.words_to_type import words_about


async def find_meant_sessions(
    word: SessionWord, reference: str, context: CommandContext
) -> Sequence[Session]:
    """Return the open sessions that are meant, in each of which the sender may do this. Raises NotFound, NotAllowed.

    A button names one by its id, a person several by their request's number or by a code. Two technicians may have sessions
    for one request: each means their own. Who leaves one means that to which they are invited.
    """
    if not is_typed_reference(reference):
        session = await open_session_by_id(reference, context)
        if session is None:
            raise NotFound(_("The bot no longer knows this session."))
        usable: Sequence[Session] = [session]
    else:
        called = await context.tx.sessions.open_called(reference)
        usable = [one for one in called if one.is_usable]
        if not usable:
            raise NotFound(session_is_ending(called[0]) if called else await none_open(reference, context))
    meant = [one for one in usable if await _is_own(word, one, context)] or usable
    for one in meant:
        await require_word_of(word, one, context)
    return meant


async def _is_own(word: SessionWord, session: Session, context: CommandContext) -> bool:
    if word is SessionWord.LEAVE:
        return await is_invited(session, context)
    return session.technician == context.by.email


async def is_invited(session: Session, context: CommandContext) -> bool:
    """Return whether the sender has an open invitation to a session."""
    return find_open(await context.tx.invitations.of_session(session.id), context.by.email) is not None


async def require_word_of(word: SessionWord, session: Session, context: CommandContext) -> None:
    """Raise NotAllowed if the sender may not do this in a session."""
    access.require_word(word, session, context.by, is_invited=await is_invited(session, context))


async def open_session_by_id(
    reference: str, context: CommandContext, *, may_be_ending: bool = False
) -> Session | None:
    """Return the session with an id, as a button names it. None where no session has it.

    Raises NotFound if it is over, or if it is being ended and ``may_be_ending`` is False.
    """
    session = await context.tx.sessions.get(SessionId(reference))
    if session is not None and not session.state.is_open:
        raise NotFound(
            _(
                "This session for request #{number} is over. For a new one, type {words}.",
                number=session.number,
                words=words_about("create", session.number),
            )
        )
    if session is not None and session.is_ending and not may_be_ending:
        raise NotFound(session_is_ending(session))
    return session


def session_is_ending(session: Session) -> Text:
    """Return the sentence for a session whose end was asked for."""
    return _(
        "The session for request #{number} is being ended. For a new one, type {words}.",
        number=session.number,
        words=words_about("create", session.number),
    )


async def none_open(reference: str, context: CommandContext) -> Text:
    """Return the sentence for a reference that names no open session. One may be planned for the request."""
    if reference.startswith("s"):
        return _("No open session has the code {code}.", code=shown_code(reference))
    planned = await context.tx.plans.planned_for(RequestNumber(reference))
    if planned:
        own = [one for one in planned if one.technician == context.by.email]
        return planned_only_text((own or planned)[0], is_own=bool(own))
    return _(
        "No session is open for request #{number}. For a new one, type {words}.",
        number=reference,
        words=words_about("create", reference),
    )
