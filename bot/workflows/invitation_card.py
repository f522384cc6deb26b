"""What the card of an invitation shows now."""

from bot.installation import Installation
from bot.model.card import Card
from bot.model.invitation import Invitation, find_open
from bot.model.shown_session import ShownSession
from bot.model.switches import Location
from bot.views.invitation import make_invited_card, over_text
from bot.views.pages import Message
from bot.views.plain import hidden_card
from bot.views.session import SessionCard


def find_open_of(place: Card, shown: ShownSession) -> Invitation | None:
    """Return the invitation that a card shows, while it is open."""
    return find_open(shown.invitations, place.invited) if place.invited is not None else None


def shown_invitation(shown: ShownSession, place: Card, installation: Installation) -> SessionCard | Message:
    """Return what the card of an invitation shows: the session, or that the invitation is over."""
    invitation = find_open_of(place, shown)
    if invitation is None:
        return over_text(shown.session)
    page = installation.enter_page(invitation.token)
    card = make_invited_card(shown.session, invitation, page, is_on=shown.switches.integration)
    return hidden_card(card) if shown.switches.hides(Location.MESSAGE) else card
