"""The card of a session, and its row in a list: who sees what."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.commands import (
    Create,
    History,
    OnSession,
    OpenInviteForm,
    OpenTransferForm,
    Retry,
    SendAgain,
    Uninvite,
    Verb,
)
from bot.i18n import Text, _, explained
from bot.model.card import Audience
from bot.model.effect import Effect
from bot.model.handover import Handover
from bot.model.ids import Email, RequestNumber, SessionCode, SessionId
from bot.model.invitation import Invitation
from bot.model.listed_session import ListedSession
from bot.model.notice import Notice, NoticeState
from bot.model.secret import Secret
from bot.model.session import Kind, Session, SessionSummary, State
from bot.values import field, replace, value_class
from bot.views.notice import NoticeLine, latest_notices, no_sms_text, notice_line, notice_text
from bot.views.outcome import (
    attendance_text,
    comment_text,
    connection_text,
    outcome_lines,
    rating_lines,
    rating_text,
    running_connection_advice,
)
from bot.views.parts import Button, Confirmation, LinkButton, Question, Style, confirm

__all__ = [
    "LiveConnection",
    "NoticeLine",
    "SessionCard",
    "SessionRow",
    "attendance_text",
    "comment_text",
    "connection_text",
    "end_confirmation",
    "end_question",
    "enter_button",
    "enter_links",
    "handover_text",
    "invited_lines",
    "kind_hint",
    "kind_text",
    "make_open_row",
    "make_session_card",
    "make_session_row",
    "no_sms_text",
    "notice_text",
    "pilot_hint",
    "rating_text",
    "row_button",
    "running_connection_advice",
    "state_text",
    "verb_label",
]

_SHOWN_HANDOVERS = 3


@value_class
class LiveConnection:
    """The running connection. Only the session's creator sees it."""

    since: datetime
    device: str | None


@value_class
class SessionCard:
    """A session as one ``audience`` may see it. It does not hold what that audience may not see.

    ``outcome`` says how a session that is over went; its lines about single connections are for the creator alone.
    ``invited`` says who else was let in, and to who is invited by whom.
    ``handovers`` says who had the session before. The creator is the technician who has it now.
    """

    session_id: SessionId
    audience: Audience
    creator: Email
    number: RequestNumber
    subject: str
    request_url: str
    kind: Kind
    state: State
    state_text: Text
    technician_name: str
    requester_name: str
    note: str
    code: SessionCode | None
    valid_until: datetime | None
    ended_at: datetime | None
    problem: Text | None
    notices: Sequence[NoticeLine]
    buttons: Sequence[Button | LinkButton]
    outcome: Sequence[Text] = ()
    connection: LiveConnection | None = None
    requester_link: Secret | None = None
    invited: Sequence[Text] = ()
    handovers: Sequence[Text] = ()


@value_class
class SessionRow:
    """A session in a list."""

    number: RequestNumber
    subject: str
    kind: Kind
    state: State
    state_text: Text
    technician_name: str
    code: SessionCode | None
    created_at: datetime
    outcome: Sequence[Text] = ()
    ended_by: str | None = None
    buttons: Sequence[Button] = field(default_factory=tuple)

    def __hash__(self) -> int:
        """Return the hash of what tells sessions apart: a list keeps its rendered rows by the rows."""
        return hash((self.number, self.code))


def row_button(row: SessionRow, one: Button) -> Button:
    """Return a button of a row. A screen reader reads the session after its label, because each row has the same button."""
    session = Text("#{number} {code}", {"number": row.number, "code": row.code}) if row.code else None
    return replace(one, about=session or Text("#{number}", {"number": row.number}))


def kind_text(kind: Kind) -> Text:
    """Return the name of a kind of session."""
    return _("Pilot session") if kind is Kind.PILOT else _("Remote session")


def kind_hint(kind: Kind) -> Text:
    """Return what a kind of session is for, for the place where it is chosen."""
    if kind is Kind.PILOT:
        return _("The requester shows you something with the phone’s camera.")
    return _("You see the requester’s screen.")


def pilot_hint(buttons: Sequence[Button]) -> Text | None:
    """Return what a Pilot session is for, where one of the buttons creates one."""
    offered = any(isinstance(one.command, Create) and one.command.kind is Kind.PILOT for one in buttons)
    return explained(kind_text(Kind.PILOT), kind_hint(Kind.PILOT)) if offered else None


def make_session_card(
    session: Session,
    notices: Sequence[Notice],
    audience: Audience,
    *,
    is_on: bool = True,
    invitations: Sequence[Invitation] = (),
) -> SessionCard:
    """Make the card of a session for an audience. ``bot.views.invitation`` makes the one of an invited technician.

    While the integration is off (``is_on``), Enter is a command, which is refused, and not a link, which would still work.
    """
    is_creator = audience is Audience.CREATOR
    requester = session.requester.name if session.requester else ""
    return SessionCard(
        session_id=session.id,
        audience=audience,
        creator=session.technician,
        number=session.number,
        subject=session.subject,
        request_url=session.request_url,
        kind=session.kind,
        state=session.state,
        state_text=state_text(session),
        technician_name=session.technician_name,
        requester_name=requester,
        note=session.note,
        code=session.code,
        valid_until=session.valid_until if session.is_usable else None,
        ended_at=session.ended_at,
        problem=session.problem,
        # Once a session is over, nobody needs to know any more which mails arrived.
        notices=[notice_line(notice, session) for notice in latest_notices(notices)]
        if session.state.is_open
        else [],
        buttons=_buttons(session, notices, may_enter=is_creator and is_on, invitations=invitations),
        invited=invited_lines(invitations),
        outcome=outcome_lines(session, for_creator=is_creator),
        handovers=[handover_text(one) for one in session.handovers[-_SHOWN_HANDOVERS:]],
        connection=LiveConnection(session.connected_since, session.device)
        if is_creator and session.connected_since
        else None,
        # A channel has readers who are no technicians, so a shared card carries no link at all.
        requester_link=None
        if audience is Audience.SHARED or not session.is_usable
        else session.requester_link,
    )


def make_session_row(session: SessionSummary, *, buttons: Sequence[Button] = ()) -> SessionRow:
    """Make the row of a session in any state. One that is over says how it went."""
    row = make_open_row(session, buttons=buttons)
    if not session.state.is_over:
        return row
    return replace(row, outcome=(attendance_text(session), *rating_lines(session)))


def make_open_row(session: ListedSession, *, buttons: Sequence[Button] = ()) -> SessionRow:
    """Make the row of a session that is open. It leaves out a running connection, which only the creator sees."""
    return SessionRow(
        number=session.number,
        subject=session.subject,
        kind=session.kind,
        state=session.state,
        state_text=state_text(session),
        technician_name=session.technician_name,
        code=session.code,
        created_at=session.created_at,
        ended_by=session.ended_by,
        buttons=buttons,
    )


def state_text(session: ListedSession) -> Text:
    """Return the state of a session in words."""
    if session.is_moving and not session.is_ending:
        return _("Being handed over to {name}…", name=session.moving_to)
    # An end that was asked for is shown before TeamViewer has confirmed it, and not called an end.
    return _("Ending…") if session.is_ending else _state_text(session)


def _state_text(session: ListedSession) -> Text:  # noqa: PLR0911 - one case a state
    requester = session.requester.name if session.requester else ""
    match session.state:
        case State.CREATING:
            return _("Being created")
        case State.WAITING:
            return _waiting_text(session, requester)
        case State.PRESENT:
            return (
                _("{requester} is there", requester=requester) if requester else _("The requester is there")
            )
        case State.CONNECTED:
            return _("Connected with {requester}", requester=requester) if requester else _("Connected")
        case State.ENDED:
            by = session.ended_by
            return _("Ended by {technician}", technician=by) if by else _("Ended")
        case State.EXPIRED if session.renewed_at is not None:
            return _("Expired")
        case State.EXPIRED:
            return _("Expired: the link worked for 24 hours")
        case State.FAILED:
            return _("Could not be created")


def _waiting_text(session: ListedSession, requester: str) -> Text:
    if session.left_at is None:
        return _("Waiting for {requester}", requester=requester) if requester else _("Waiting")
    return _(
        "Waiting again: {requester} left at {time}, after {duration}",
        requester=requester or _("the requester"),
        time=session.left_at,
        duration=timedelta(seconds=session.stayed_seconds),
    )


def end_confirmation(number: RequestNumber, effect: Effect) -> Confirmation:
    """Return the answer to the person who ended a session."""
    return confirm(
        effect,
        changed=_("The session for request #{number} is ended.", number=number),
        nothing=_("The session for request #{number} was over before you ended it.", number=number),
    )


def invited_lines(invitations: Sequence[Invitation]) -> Sequence[Text]:
    """Return who is invited to a session, and who of them has entered. Who is invited no more is left out."""
    waiting = [one.name for one in invitations if one.is_open and one.entered_at is None]
    entered = [one.name for one in invitations if one.is_open and one.entered_at is not None]
    return [
        *([_("Invited: {names}", names=", ".join(waiting))] if waiting else []),
        *([_("Invited, and entered: {names}", names=", ".join(entered))] if entered else []),
    ]


def _buttons(
    session: Session, notices: Sequence[Notice], *, may_enter: bool, invitations: Sequence[Invitation]
) -> Sequence[Button | LinkButton]:
    if session.state is State.FAILED:
        return (Button(_("Try again"), Retry(session.id), Style.PRIMARY),)
    if not session.state.is_open:
        return (
            Button(_("New session"), Create(session.number, session.kind)),
            Button(_("History"), History(session.number)),
        )
    if session.state is State.CREATING or session.is_ending:
        return ()
    if session.is_moving:
        # Nobody enters meanwhile: it is not decided yet whose it is.
        return (_end_button(session),)
    links = enter_links(session, verb_label(Verb.ENTER)) if may_enter else ()
    again = [
        Button(_("Resend SMS"), SendAgain(session.id, notice.id))
        for notice in latest_notices(notices)
        if notice.channel.is_sms and notice.state in {NoticeState.FAILED, NoticeState.UNSURE}
    ]
    return (
        *(links or (enter_button(session),)),
        Button(verb_label(Verb.REINVITE), OnSession(Verb.REINVITE, session.id)),
        Button(verb_label(Verb.LINK), OnSession(Verb.LINK, session.id)),
        *again,
        Button(_("Invite"), OpenInviteForm(session.id)),
        *(
            [Button(_("Withdraw invitation"), Uninvite(session.id))]
            if any(one.is_open for one in invitations)
            else []
        ),
        Button(_("Transfer"), OpenTransferForm(session.id)),
        _end_button(session),
    )


def _end_button(session: Session) -> Button:
    command = OnSession(Verb.END, session.id)
    return Button(verb_label(Verb.END), command, Style.DANGER, end_question(session))


def handover_text(handover: Handover) -> Text:
    """Return one handover in words."""
    return _(
        "Transferred from {former} to {name} at {time}",
        former=handover.former_name,
        name=handover.to_name,
        time=handover.at,
    )


def enter_button(session: Session) -> Button:
    """Return the button for where others see it too: its press answers the session's creator alone, with the links."""
    return Button(verb_label(Verb.ENTER), OnSession(Verb.ENTER, session.id), Style.PRIMARY)


def enter_links(session: Session, label: Text) -> Sequence[LinkButton]:
    """Return the creator's ways in: the installed TeamViewer and, where TeamViewer gives it, the browser.

    They are secrets of the creator. A press counts as an entry where the platform reports it.
    """
    entry = OnSession(Verb.ENTER, session.id)
    ways = (
        (label, session.supporter_link, Style.PRIMARY),
        (_("Enter in the browser"), session.web_client_link, Style.PLAIN),
    )
    return [LinkButton(words, link, style, entry) for words, link, style in ways if link]


def verb_label(verb: Verb) -> Text:
    """Return the label of the button that applies a verb to a session."""
    match verb:
        case Verb.ENTER:
            return _("Enter")
        case Verb.REINVITE:
            return _("Resend link")
        case Verb.LINK:
            return _("Get link")
        case Verb.RENEW:
            return _("Renew")
        case Verb.END:
            return _("End")


def end_question(session: Session) -> Question:
    """Return the question to ask before a session is ended."""
    return Question(
        _("End this session?"),
        _(
            "The links for request #{number} stop working. A running connection may go on: end it in the TeamViewer window.",
            number=session.number,
        ),
        _("End it"),
        _("Keep it open"),
    )
