"""Find the open session that a command is about, and the sentences for where there is none."""

from bot.errors import NotFound
from bot.i18n import Text, _
from bot.model.ids import SessionId, shown_code
from bot.model.session import Session
from bot.use_cases.context import CommandContext
from bot.words_to_type import words_about


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


def none_open(reference: str) -> Text:
    """Return the sentence for a reference that names no open session."""
    if reference.startswith("s"):
        return _("No open session has the code {code}.", code=shown_code(reference))
    return _(
        "No session is open for request #{number}. For a new one, type {words}.",
        number=reference,
        words=words_about("create", reference),
    )
