"""The views that answer a command: a message, a list, a link, help and status."""

from collections.abc import Sequence

from bot.commands import (
    OpenForm,
    OpenInviteForm,
    OpenOutageForm,
    OpenPlanForm,
    OpenPolicyForm,
    OpenTransferForm,
)
from bot.i18n import Text, Words, _
from bot.model.connection import Connection
from bot.model.mention import Mention
from bot.model.request import Request
from bot.model.secret import Secret
from bot.model.switches import Switches
from bot.model.technician import Technician
from bot.values import field, value_class
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageCard, OutageForm
from bot.views.parts import Button, Confirmation, LinkButton, Style, Tone
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage
from bot.views.session import SessionCard, SessionRow
from bot.views.transfer_form import TransferForm
from bot.words_to_type import words_about


@value_class
class Message:
    """One or two sentences, with buttons for what can be done next.

    ``is_personal``: only its reader may see it. ``is_accepted``: what a form requests was accepted, so the form can be
    removed. ``mention``: whom the platform notifies of it, in a channel; they are named first. ``about``: the number
    of the request that its buttons are about, to say what can be typed in their place.
    """

    text: Text
    tone: Tone = Tone.PLAIN
    details: Sequence[Text] = field(default_factory=tuple)
    buttons: Sequence[Button | LinkButton] = field(default_factory=tuple)
    is_personal: bool = False
    is_accepted: bool = False
    mention: Mention | None = None
    about: str = ""

    @classmethod
    def confirming(
        cls,
        said: Confirmation,
        details: Sequence[Text] = (),
        buttons: Sequence[Button | LinkButton] = (),
        *,
        is_personal: bool = False,
    ) -> "Message":
        """Make the answer to a command of what it changed."""
        return cls(said.text, said.tone, details, buttons, is_personal=is_personal)

    @property
    def is_passing(self) -> bool:
        """Whether it only says that work has begun. On a platform that keeps answers, it need not stay."""
        return self.tone is Tone.WAIT and not self.buttons


def is_passing(view: object) -> bool:
    """Return whether a view only says that work has begun."""
    return isinstance(view, Message) and view.is_passing


def offer_form(form: SessionForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens a form, for when the form cannot open by itself."""
    command = OpenForm(form.number, form.kind, form.note, form.at)
    return Message(text, tone, buttons=[Button(_("New session"), command, Style.PRIMARY)])


def offer_outage_form(form: OutageForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens the form for an outage. The command does the same without a form."""
    button = Button(_("Outage"), OpenOutageForm(form.kind, form.note), Style.PRIMARY)
    typed = _("Or type {words}.", words=Words(_('outage 123 124 125 --note "mail server"')))
    return Message(text, tone, [typed], [button])


def offer_transfer_form(form: TransferForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens the form for a transfer. The command does the same."""
    button = Button(_("Transfer"), OpenTransferForm(form.session), Style.PRIMARY)
    typed = _("Or type {words}.", words=words_about("transfer", form.number))
    return Message(text, tone, [typed], [button])


def offer_invite_form(form: InviteForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens the form for inviting a colleague. The command does the same."""
    button = Button(_("Invite a colleague"), OpenInviteForm(form.session), Style.PRIMARY)
    typed = _("Or type {words}.", words=words_about("invite", form.number))
    return Message(text, tone, [typed], [button])


def offer_plan_form(form: PlanForm, text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens the form for another time."""
    return Message(text, tone, buttons=[Button(_("Move"), OpenPlanForm(form.plan.id), Style.PRIMARY)])


def with_button_for_form(view: "View") -> "View":  # noqa: PLR0911 - one case a form
    """Replace a form by a button that opens it: in an answer that comes later, it can no longer open by itself."""
    text = _("The form is ready: press the button.")
    match view:
        case SessionForm():
            return offer_form(view, text)
        case OutageForm():
            return offer_outage_form(view, text)
        case InviteForm():
            return offer_invite_form(view, text)
        case TransferForm():
            return offer_transfer_form(view, text)
        case PlanForm():
            return offer_plan_form(view, text)
        case PolicyForm():
            return offer_policy_form(text)
        case _:
            return view


def offer_policy_form(text: Text, tone: Tone = Tone.PLAIN) -> Message:
    """Return a message with a button that opens the form for a new rule."""
    return Message(text, tone, buttons=[Button(_("New rule"), OpenPolicyForm(), Style.PRIMARY)])


@value_class
class SessionList:
    """A list of sessions. ``empty`` is shown if there are none, ``notes`` above the rows.

    ``is_personal``: they are one technician's, so a channel does not see them. Those of a request are for everybody.
    """

    title: Text
    rows: Sequence[SessionRow]
    empty: Text
    buttons: Sequence[Button] = field(default_factory=tuple)
    notes: Sequence[Text] = field(default_factory=tuple)
    is_personal: bool = False


@value_class
class LinkPage:
    """The requester's link as text, to be shared another way."""

    title: Text
    link: Secret
    join_page: str
    warning: Text


@value_class
class Choice:
    """The open sessions that a command may mean, each with a button."""

    text: Text
    rows: Sequence[tuple[SessionRow, Button]]


@value_class
class RequestPanel:
    """A request with its open sessions: the widget. ``planned``: a line for each session that is planned for it."""

    request: Request
    cards: Sequence[SessionCard]
    buttons: Sequence[Button]
    planned: Sequence[Text] = ()


@value_class
class HelpPage:
    """The command table, or one row of it: examples of commands, and the options.

    Each row is an example with what it does. None stands for one more example of the same command.
    """

    title: Text
    rows: tuple[tuple[Words, Text | None], ...]
    footer: Text
    options: tuple[tuple[str, Text], ...] = ()


@value_class
class StatusPage:
    """Whether everything is switched on, who the reader is, and which account they have connected.

    ``wants_pings``: they are notified when the requester of their session is there. ``planned``: how many sessions they have
    planned.
    """

    technician: Technician
    switches: Switches
    connection: Connection | None
    open_sessions: int
    buttons: Sequence[Button | LinkButton]
    wants_pings: bool = True
    planned: int = 0


def as_message(view: Invitation) -> Message:
    """Return an invitation as the message that it is shown as."""
    return Message(view.text, Tone.CALL if view.is_open else Tone.PLAIN, view.details, view.buttons)


View = (
    Message
    | Invitation
    | SessionList
    | LinkPage
    | Choice
    | RequestPanel
    | HelpPage
    | StatusPage
    | SessionCard
    | OutageCard
    | SessionForm
    | OutageForm
    | InviteForm
    | TransferForm
    | PlanForm
    | AdminPage
    | AdminsPage
    | ConnectionsPage
    | AuditLogPage
    | ReportPage
    | PolicyPage
    | PolicyForm
)
