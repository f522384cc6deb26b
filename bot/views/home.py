"""A person's home: what is to be done first, their requests and sessions, and for SDAdmins the administration."""

from collections.abc import Sequence

from bot.commands import ListOpen
from bot.i18n import Text, _, n_
from bot.model.ids import RequestNumber
from bot.values import field, value_class
from bot.views.admin import AdminPage
from bot.views.pages import Message, StatusPage
from bot.views.parts import Button
from bot.views.session import SessionCard, SessionRow


@value_class
class FirstStep:
    """Something to do before the bot is of full use."""

    text: Text
    is_done: bool

    @property
    def marked_text(self) -> Text:
        """What is to do, with a sign and a word if it is done."""
        return _("☑️ Done: {step}", step=self.text) if self.is_done else Text("⬜ {step}", {"step": self.text})


@value_class
class RequestRow:
    """An open request that is assigned to the reader.

    ``state_text`` is the state of the reader's open session for it. ``button`` starts a session; None if one is open, or
    the reader cannot create one.
    """

    number: RequestNumber
    subject: str
    requester_name: str
    url: str
    state_text: Text | None = None
    button: Button | None = None


@value_class
class RequestRows:
    """The first of the reader's requests. ``notes`` say how many more there are, and how far the list can be relied on."""

    rows: Sequence[RequestRow] = ()
    notes: Sequence[Text] = ()


@value_class
class HomePage:
    """A home. With a ``refusal`` it shows nothing else, because the person is no technician or the home is switched off.

    ``first_steps`` is empty once all are done. ``requests`` is None where the integration is off. ``more``: how many
    sessions are open besides those on ``cards``. ``administered_in`` replaces ``administration`` if that is limited to
    other channels. ``planned``: the reader's planned sessions, each with its buttons.
    """

    refusal: Text | None = None
    status: StatusPage | None = None
    cards: Sequence[SessionCard] = field(default_factory=tuple)
    recent: Sequence[SessionRow] = field(default_factory=tuple)
    administration: AdminPage | None = None
    buttons: Sequence[Button] = field(default_factory=tuple)
    administered_in: Text | None = None
    more: int = 0
    first_steps: Sequence[FirstStep] = ()
    planned: Sequence[Message] = ()
    requests: RequestRows | None = None

    @property
    def has_status_first(self) -> bool:
        """Whether the status is what matters most: without it, the reader cannot work."""
        return self.status is not None and (
            self.status.connection is None or not self.status.switches.integration
        )

    @property
    def more_text(self) -> Text:
        """Say how many open sessions the home does not show."""
        return n_("{count} more is open.", "{count} more are open.", self.more)

    @property
    def more_button(self) -> Button:
        """The button that lists every open session."""
        return Button(_("All open sessions"), ListOpen())
