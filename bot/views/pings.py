"""The notifications to a session's creator: the requester is there, or left without having been helped, or does not join now."""

from datetime import timedelta

from bot.commands import OnSession, Verb
from bot.i18n import Text, _
from bot.model.mention import Mention
from bot.model.session import Session
from bot.views.pages import Message
from bot.views.parts import Button, Style, Tone
from bot.views.session import enter_button, enter_links, verb_label


def arrival_view(session: Session, mention: Mention | None) -> Message:
    """Return the notification that the requester is there, with the way in.

    In a channel (``mention``) that is a command, because its answer reaches the creator alone.
    """
    links = () if mention else enter_links(session, verb_label(Verb.ENTER))
    text = _("{requester} is there, for request #{number}.", requester=_who(session), number=session.number)
    details = [_("Since {time}.", time=session.arrived_at)] if session.arrived_at else []
    return Message(text, Tone.CALL, details, links or [enter_button(session)], mention=mention)


def departure_view(session: Session, mention: Mention | None) -> Message:
    """Return the notification that the requester left, and that nothing shows a connection."""
    text = _(
        "{requester} left request #{number} after {duration}, and nobody was seen to connect.",
        requester=_who(session),
        number=session.number,
        duration=timedelta(seconds=session.stayed_seconds),
    )
    again = Button(verb_label(Verb.REINVITE), OnSession(Verb.REINVITE, session.id), Style.PRIMARY)
    return Message(text, Tone.CALL, buttons=[again], mention=mention)


def decline_view(session: Session, mention: Mention | None) -> Message:
    """Return the notification that the requester answered the invitation in a chat with “Not now”. It claims no more."""
    text = _(
        "{requester} answered “Not now” to the invitation for request #{number}.",
        requester=_who(session),
        number=session.number,
    )
    again = Button(verb_label(Verb.REINVITE), OnSession(Verb.REINVITE, session.id))
    return Message(text, Tone.CALL, [_("The link still works.")], [again], mention=mention)


def _who(session: Session) -> Text | str:
    return session.requester.name if session.requester and session.requester.name else _("The requester")
