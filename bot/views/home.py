"""A person's home: their connection, sessions and, for SDAdmins, administration on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.commands import ListOpen
from bot.i18n import Text, _, n_
from bot.views.admin import AdminPage
from bot.views.pages import StatusPage
from bot.views.parts import Button
from bot.views.session import SessionCard, SessionRow


@dataclass(frozen=True, slots=True)
class HomePage:
    """A home. With a ``refusal`` it shows nothing else, because the person is no technician or the home is switched off.

    ``more``: how many sessions are open besides those on ``cards``. ``administered_in`` replaces ``administration`` if that is limited to other channels.
    """

    refusal: Text | None = None
    status: StatusPage | None = None
    cards: Sequence[SessionCard] = field(default_factory=tuple)
    recent: Sequence[SessionRow] = field(default_factory=tuple)
    administration: AdminPage | None = None
    buttons: Sequence[Button] = field(default_factory=tuple)
    administered_in: Text | None = None
    more: int = 0

    @property
    def more_text(self) -> Text:
        """Say how many open sessions the home does not show."""
        return n_("{count} more is open.", "{count} more are open.", self.more)

    @property
    def more_button(self) -> Button:
        """The button that lists every open session."""
        return Button(_("All open sessions"), ListOpen())
