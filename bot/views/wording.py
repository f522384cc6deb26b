"""The signs and sentences of views that are the same on every platform."""

from collections.abc import Mapping, Sequence

from bot.commands import Logout, Notify, SwitchIntegration, SwitchWidget
from bot.i18n import Text, Words, _, n_
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Connection
from bot.model.notice import NoticeState
from bot.model.request import Request
from bot.model.session import State
from bot.model.switches import Location, Switches
from bot.model.technician import Technician
from bot.views.pages import StatusPage
from bot.views.parts import Button, Question, Style, Tone
from bot.words_to_type import NOTIFY_ON

TONE_SIGNS: Mapping[Tone, str] = {
    Tone.PLAIN: "",
    Tone.GOOD: "✅ ",
    Tone.WAIT: "⏳ ",
    Tone.PROBLEM: "⚠️ ",
    Tone.REFUSED: "🚫 ",
    Tone.CALL: "🔔 ",
}
STATE_SIGNS: Mapping[State, str] = {
    State.CREATING: "⚪",
    State.WAITING: "🔵",
    State.PRESENT: "🟡",
    State.CONNECTED: "🟢",
    State.ENDED: "⚫",
    State.EXPIRED: "⚫",
    State.FAILED: "🔴",
}
"""The colour of each state, as a sign. The state always stands beside it in words: nobody has to tell colours apart."""
NOTICE_SIGNS: Mapping[NoticeState, str] = {
    NoticeState.PENDING: "…",
    NoticeState.SENT: "✓",
    NoticeState.UNSURE: "❔",
    NoticeState.FAILED: "⚠️",
    NoticeState.SKIPPED: "–",
}
ACTIONS: Mapping[Action, Text] = {
    Action.INTEGRATION_ON: _("switched the integration on"),
    Action.INTEGRATION_OFF: _("switched the integration off"),
    Action.WIDGET_ON: _("switched the widget on"),
    Action.WIDGET_OFF: _("switched the widget off"),
    Action.ADMIN_GRANTED: _("granted the SDAdmin role"),
    Action.ADMIN_REVOKED: _("removed the SDAdmin role"),
    Action.RULE_ADDED: _("added a rule about sessions"),
    Action.RULE_REMOVED: _("removed a rule about sessions"),
    Action.ACCOUNT_CONFIRMED: _("confirmed whose account it is"),
    Action.CONNECTED: _("connected a TeamViewer account"),
    Action.REUSED: _("reused a TeamViewer account"),
    Action.DISCONNECTED: _("disconnected a TeamViewer account"),
    Action.INSTALLATION_REFUSED: _("refused the app to a workspace that is not trusted"),
    Action.INSTALLATION_REMOVED: _("removed the app from a workspace that is not trusted"),
    Action.SESSION_CREATED: _("created a session"),
    Action.SESSION_PLANNED: _("planned a session"),
    Action.PLAN_MOVED: _("moved a planned session"),
    Action.PLAN_CANCELLED: _("cancelled a planned session"),
    Action.PLAN_REFUSED: _("could not create a planned session"),
    Action.SESSION_RENEWED: _("renewed a session"),
    Action.SESSION_TRANSFERRED: _("transferred a session"),
    Action.SESSION_ENDED: _("ended a session"),
    Action.COLLEAGUE_INVITED: _("invited a colleague"),
    Action.COLLEAGUE_ENTERED: _("entered by an invitation"),
    Action.INVITATION_WITHDRAWN: _("withdrew an invitation"),
    Action.INVITATION_DECLINED: _("declined an invitation"),
    Action.REQUESTER_INVITED: _("invited the requester in chat"),
    Action.REQUESTER_DECLINED: _("answered “Not now” in chat"),
    Action.COLLEAGUE_LEFT: _("left a session"),
    Action.RESTORED: _("restored the database from a backup"),
    Action.RECORD_FAILED: _("could not write the record of a session on its request"),
    Action.RECORD_WRITTEN: _("wrote the record of a session after all"),
}
"""Actions of the audit log in words, to be read between who acted and what they acted on."""


def audit_sentence(entry: AuditEntry) -> Text:
    """Return an entry of the audit log as a sentence: who did what to whom or to what."""
    match entry.action:
        case Action.ADMIN_GRANTED if entry.subject:
            return _("{by} made {email} an SDAdmin", by=entry.by, email=entry.subject)
        case Action.ADMIN_REVOKED if entry.subject:
            return _("{by} removed the SDAdmin role from {email}", by=entry.by, email=entry.subject)
    if entry.subject:
        return _(
            "{by} {action} ({subject})", by=entry.by, action=ACTIONS[entry.action], subject=entry.subject
        )
    return _("{by} {action}", by=entry.by, action=ACTIONS[entry.action])


def request_status(request: Request) -> Text | str:
    """Return the status of a request, and whether it is in the trash."""
    if request.is_trashed:
        return _("{status}, in the trash", status=request.status)
    return request.status


def requester_name(request: Request) -> str:
    """Return the name of a request's requester, or a dash where it names none."""
    return request.requester.name or "–"


def switch_sign(*, on: bool) -> str:
    """Return the sign of a switch, or of a connection that is active or not."""
    return "🟢" if on else "⚪"


def place_state(switches: Switches, location: Location) -> Text:
    """Return whether a location shows the widget, as a word. One that is on shows nothing while the whole widget is off."""
    if location not in switches.locations:
        return _("off")
    return _("on") if switches.widget else _("off with the widget")


def integration_button(switches: Switches) -> Button:
    """Return the button that switches the integration."""
    if not switches.integration:
        return Button(_("Switch on"), SwitchIntegration(on=True), Style.PRIMARY)
    question = Question(
        _("Switch the integration off?"),
        _(
            "Nobody can create, enter or end sessions from chat until it is on again. Open sessions stay open at TeamViewer."
        ),
        _("Switch it off"),
        _("Leave it on"),
    )
    return Button(_("Switch off"), SwitchIntegration(on=False), Style.DANGER, question)


def widget_button(location: Location | None, *, on: bool) -> Button:
    """Return the button that switches the widget, or one of its locations."""
    return Button(_("Switch off") if on else _("Switch on"), SwitchWidget(not on, location))


def _integration_line(view: StatusPage) -> Text:
    if view.switches.integration:
        return _("✅ The integration is switched on.")
    if view.technician.is_admin:
        return _(
            "🚫 The integration is switched off. To switch it on, type {words}.", words=Words("admin enable")
        )
    return _("🚫 The integration is switched off. Ask your SDAdmin.")


def status_lines(view: StatusPage) -> Sequence[Text]:
    """Return the status in sentences, the most important first."""
    last_used = view.connection.last_used_at if view.connection else None
    return (
        _integration_line(view),
        _account_line(view.connection),
        *([_("Last used {time}.", time=last_used)] if last_used else []),
        _technician_line(view.technician),
        _("Your open sessions: {count}", count=view.open_sessions),
        *([_("Planned sessions: {count}", count=view.planned)] if view.planned else []),
        pings_text(wants_pings=view.wants_pings),
    )


def disconnect_button(open_sessions: int) -> Button:
    """Return the button that disconnects the reader's accounts. It asks first where their sessions are open."""
    if not open_sessions:
        return Button(_("Disconnect"), Logout())  # one that was opened meanwhile is asked about
    return Button(_("Disconnect"), Logout(sure=True), question=disconnect_question(open_sessions))


def disconnect_question(open_sessions: int) -> Question:
    """Return the question before accounts are disconnected while sessions are open."""
    return Question(
        _("Disconnect TeamViewer?"),
        n_(
            "{count} session of yours is open. It stays open, but is no longer followed here.",
            "{count} sessions of yours are open. They stay open, but are no longer followed here.",
            open_sessions,
        ),
        _("Yes, disconnect"),
        _("Stay connected"),
    )


def notify_button(*, wants_pings: bool) -> Button:
    """Return the button that switches whether its presser is notified when a requester is there."""
    label = _("Do not notify me") if wants_pings else _("Notify me")
    return Button(label, Notify(on=not wants_pings))


def pings_text(*, wants_pings: bool) -> Text:
    """Return whether the reader is notified when a requester is there, and how to change that."""
    if wants_pings:
        return _(
            "🔔 You are notified when the requester of your session is there. To stop that, type {words}.",
            words=Words("notify off"),
        )
    return _(
        "🔕 You are not notified when the requester of your session is there. To change that, type {words}.",
        words=NOTIFY_ON,
    )


def _account_line(connection: Connection | None) -> Text:
    if connection is None:
        return _("⚠️ TeamViewer: not connected yet.")
    return _(
        "✅ TeamViewer: connected as {name} ({email}) since {time}.",
        name=connection.account.name,
        email=connection.account.email or connection.account.user_id,
        time=connection.connected_at,
    )


def _technician_line(technician: Technician) -> Text:
    role = _("SDAdmin") if technician.is_admin else _("Technician")
    return _("You are {name} ({email}), {role}.", name=technician.name, email=technician.email, role=role)


def last_used(connection: Connection) -> Text:
    """Return when a TeamViewer connection was last used, in words."""
    at = connection.last_used_at
    return _("Last used {time}", time=at) if at else _("Not used yet")
