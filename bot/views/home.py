"""A person's home: everything of theirs at a glance, useful before they have connected anything too."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.i18n import Text
from bot.views.admin import AdminPage
from bot.views.pages import StatusPage
from bot.views.parts import Button
from bot.views.session import SessionCard, SessionRow


@dataclass(frozen=True, slots=True)
class HomePage:
    """``refusal`` is said to whoever is no technician, and where the widget is switched off here; then nothing else is.

    ``administered_in`` is said to an SDAdmin in place of the ``administration``, where it is done elsewhere.
    """

    refusal: Text | None = None
    status: StatusPage | None = None
    cards: Sequence[SessionCard] = field(default_factory=tuple)
    recent: Sequence[SessionRow] = field(default_factory=tuple)
    administration: AdminPage | None = None
    buttons: Sequence[Button] = field(default_factory=tuple)
    administered_in: Text | None = None
