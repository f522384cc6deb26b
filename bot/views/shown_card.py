"""What an audience is shown of a session: its card, or, to people of another organization, that it runs."""

from collections.abc import Sequence

from bot.i18n import Text, _
from bot.model.card import Audience
from bot.model.invitation import Invitation
from bot.model.notice import Notice
from bot.model.session import Session, State
from bot.views.pages import Message
from bot.views.session import SessionCard, make_session_card


def make_shown_card(
    session: Session,
    notices: Sequence[Notice],
    audience: Audience,
    *,
    is_on: bool = True,
    invitations: Sequence[Invitation] = (),
) -> SessionCard | Message:
    """Make what an audience is shown of a session. People of another organization read that it runs, and no more."""
    if audience is Audience.EXTERNAL:
        return Message(_external_text(session), details=[details_elsewhere()])
    return make_session_card(session, notices, audience, is_on=is_on, invitations=invitations)


def _external_text(session: Session) -> Text:
    if session.state.is_open and not session.is_ending:
        return _("A TeamViewer session for request #{number} is running.", number=session.number)
    if session.state is State.FAILED:
        return _("The TeamViewer session for request #{number} could not be created.", number=session.number)
    return _("The TeamViewer session for request #{number} is over.", number=session.number)


def details_elsewhere() -> Text:
    """Return why people of another organization read no more."""
    return _("Another organization shares this channel, so only the technician gets the details.")
