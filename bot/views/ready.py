"""What a session's creator reads when it is ready."""

from bot.i18n import Link, _
from bot.model.session import Session
from bot.views.pages import Message, View
from bot.views.parts import Tone
from bot.views.session import enter_links, kind_text
from bot.words_to_type import words_about


def ready_view(session: Session, *, has_card: bool = True) -> View:
    """Return the creator's message that a session is ready, with the Enter button.

    Without a card (``has_card``) it also holds what the card would: the requester's link, and how to end the session.
    """
    text = _("{kind} for request #{number} is ready.", kind=kind_text(session.kind), number=session.number)
    links = enter_links(session, _("Enter session"))
    only_you = _("Only you see this.")
    if not links:
        return Message(text, Tone.GOOD)
    lines = [only_you]
    if not has_card and session.requester_link:
        lines.append(_("The requester’s link: {link}", link=Link(session.requester_link.reveal())))
    if not has_card:
        lines.append(_("To end it, type {words}.", words=words_about("end", session.number)))
    return Message(text, Tone.GOOD, lines, links)
