"""A session as it is shown: with its notices, its cards and who is invited, and what of the widget is switched on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model.card import Card
from bot.model.invitation import Invitation
from bot.model.notice import Notice
from bot.model.session import Session
from bot.model.switches import Switches
from bot.values import value_class


@dataclass(frozen=True, slots=True)  # no value: equal ones may have different cards
class ShownSession:
    """A session with everything that a card shows of it, as it was at one moment."""

    session: Session
    notices: Sequence[Notice]
    switches: Switches
    invitations: Sequence[Invitation]
    cards: Sequence[Card] = field(compare=False)

    @property
    def state(self) -> str:
        """Return a digest of everything that a card shows: two are equal where the cards are."""
        notices = [
            (notice.id, notice.channel, notice.state, str(notice.problem), notice.declined_at)
            for notice in self.notices
        ]
        switches = (self.switches.integration, self.switches.widget, sorted(self.switches.locations))
        invitations = [(one.technician, one.state, one.token, one.entered_at) for one in self.invitations]
        return hashlib.sha256(
            repr((self.session.version, notices, switches, invitations)).encode()
        ).hexdigest()


@value_class
class SessionPlaces:
    """The cards of a session, and which other kinds of places show it or its technicians' sessions. Most have cards alone."""

    cards: Sequence[Card]
    has_chat_invitations: bool
    has_invitations: bool
    """Whether further technicians were invited, whose homes show the session too."""
    has_homes: bool
    """Whether the session's technician has opened a home."""
