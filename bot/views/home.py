"""A person's home: their connection, sessions and, for SDAdmins, administration on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.i18n import Text
from bot.views.admin import AdminPage
from bot.views.pages import StatusPage
from bot.views.parts import Button
from bot.views.session import SessionCard, SessionRow


@dataclass(frozen=True, slots=True)
class HomePage:
    """A home. With a ``refusal`` it shows nothing else, because the person is no technician or the home is switched off.

    ``administered_in`` replaces ``administration`` if that is limited to other channels.
    """

    refusal: Text | None = None
    status: StatusPage | None = None
    cards: Sequence[SessionCard] = field(default_factory=tuple)
    recent: Sequence[SessionRow] = field(default_factory=tuple)
    administration: AdminPage | None = None
    buttons: Sequence[Button] = field(default_factory=tuple)
    administered_in: Text | None = None
