"""The views that answer a command: a message, a list, a link, help and status."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.commands import OpenForm
from bot.i18n import Text, _
from bot.model.connection import Connection
from bot.model.request import Request
from bot.model.secret import Secret
from bot.model.switches import Switches
from bot.model.technician import Technician
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.form import SessionForm
from bot.views.parts import Button, LinkButton, Style, Tone
from bot.views.session import SessionCard, SessionRow


@dataclass(frozen=True, slots=True)
class Message:
    """One or two sentences, with what can be done next.

    ``is_personal``: they are their reader's business alone. ``is_accepted``: a new session was accepted, so whatever
    asked for it has done its work.
    """

    text: Text
    tone: Tone = Tone.PLAIN
    details: Sequence[Text] = field(default_factory=tuple)
    buttons: Sequence[Button | LinkButton] = field(default_factory=tuple)
    is_personal: bool = False
    is_accepted: bool = False

    @property
    def is_passing(self) -> bool:
        """Whether it only says that the work has begun: where answers stay, nobody needs to read it later."""
        return self.tone is Tone.WAIT and not self.buttons


def form_again(form: SessionForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Offer a form that could not be opened by itself: a form can only be opened at a press."""
    command = OpenForm(form.number, form.kind, form.note)
    return Message(text, tone, buttons=[Button(_("New session"), command, Style.PRIMARY)])


@dataclass(frozen=True, slots=True)
class SessionList:
    """Sessions, a row each. ``empty`` is said where there are none, ``notes`` ahead of them all.

    ``is_personal``: they are one technician's, which is nothing for a whole channel; a request's are everybody's.
    """

    title: Text
    rows: Sequence[SessionRow]
    empty: Text
    buttons: Sequence[Button] = field(default_factory=tuple)
    notes: Sequence[Text] = field(default_factory=tuple)
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The requester's link, bare, to be shared another way."""

    title: Text
    link: Secret
    join_page: str
    warning: Text


@dataclass(frozen=True, slots=True)
class Choice:
    """Several open sessions fit: which one is meant?"""

    text: Text
    rows: Sequence[tuple[SessionRow, Button]]


@dataclass(frozen=True, slots=True)
class RequestPanel:
    """A request with its open sessions: the widget."""

    request: Request
    cards: Sequence[SessionCard]
    buttons: Sequence[Button]


@dataclass(frozen=True, slots=True)
class HelpPage:
    """The table of words, or one of its rows."""

    title: Text
    rows: Sequence[tuple[str, Text]]
    footer: Text


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Whether everything is switched on, and who the reader is to the bot."""

    technician: Technician
    switches: Switches
    connection: Connection | None
    open_sessions: int
    buttons: Sequence[Button | LinkButton]


View = (
    Message
    | SessionList
    | LinkPage
    | Choice
    | RequestPanel
    | HelpPage
    | StatusPage
    | SessionCard
    | SessionForm
    | AdminPage
    | AdminsPage
    | ConnectionsPage
    | AuditLogPage
)
