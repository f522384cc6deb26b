"""The card of a session, and its row in a list: who sees what."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
from bot.i18n import Text, _, labelled, n_
from bot.model.card import Audience
from bot.model.effect import Effect
from bot.model.handover import Handover
from bot.model.ids import Email, RequestNumber, SessionCode, SessionId
from bot.model.invitation import Invitation
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.rating import Rating
from bot.model.secret import Secret
from bot.model.session import ENDED_BY_SERVICEDESK, Kind, Session, SessionSummary, State
from bot.model.session_connection import SessionConnection
from bot.views.chat_notice import chat_notice_text
from bot.views.parts import Button, Confirmation, LinkButton, Question, Style, confirm

_SHOWN_CONNECTIONS = 5
_SHOWN_HANDOVERS = 3


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice in words, with a sign for its state."""

    text: Text
    state: NoticeState


@dataclass(frozen=True, slots=True)
class LiveConnection:
    """The running connection. Only the session's creator sees it."""

    since: datetime
    device: str | None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    return labelled(kind_text(Kind.PILOT), kind_hint(Kind.PILOT)) if offered else None


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
        notices=[_notice_line(notice, session) for notice in _latest(notices)]
        if session.state.is_open
        else [],
        buttons=_buttons(session, notices, may_enter=is_creator and is_on, invitations=invitations),
        invited=invited_lines(invitations),
        outcome=_outcome(session, for_creator=is_creator),
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
    """Make the row of a session. It leaves out a running connection, which only the creator sees."""
    return SessionRow(
        number=session.number,
        subject=session.subject,
        kind=session.kind,
        state=session.state,
        state_text=state_text(session),
        technician_name=session.technician_name,
        code=session.code,
        created_at=session.created_at,
        outcome=(attendance_text(session), *_rating_lines(session)) if session.state.is_over else (),
        ended_by=session.ended_by,
        buttons=buttons,
    )


def state_text(session: SessionSummary) -> Text:
    """Return the state of a session in words."""
    if session.is_moving and not session.is_ending:
        return _("Being handed over to {name}…", name=session.moving_to)
    # An end that was asked for is shown before TeamViewer has confirmed it, and not called an end.
    return _("Ending…") if session.is_ending else _state_text(session)


def _state_text(session: SessionSummary) -> Text:  # noqa: PLR0911 - one case a state
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


def _waiting_text(session: SessionSummary, requester: str) -> Text:
    if session.left_at is None:
        return _("Waiting for {requester}", requester=requester) if requester else _("Waiting")
    return _(
        "Waiting again: {requester} left at {time}, after {duration}",
        requester=requester or _("the requester"),
        time=session.left_at,
        duration=timedelta(seconds=session.stayed_seconds),
    )


def _outcome(session: Session, *, for_creator: bool) -> Sequence[Text]:
    # A failed session never was open, so there is nothing to say about how it went.
    if not session.state.is_over:
        return ()
    lines = [attendance_text(session)]
    if session.ended_by == ENDED_BY_SERVICEDESK:
        lines.append(_("The request was closed. {advice}", advice=running_connection_advice()))
    lines += _rating_lines(session)
    if for_creator:
        lines += [connection_text(one) for one in session.connections[-_SHOWN_CONNECTIONS:]]
        rated = session.rated_connection
        comments = (session.rating.comment if session.rating else "", rated.comment if rated else "")
        lines += [comment_text(comment) for comment in comments if comment]
    if session.is_online:
        requester = session.requester.name if session.requester else _("the requester")
        lines.append(
            _(
                "TeamViewer still shows {requester} there. If you are still connected, close the TeamViewer window too.",
                requester=requester,
            )
        )
    return lines


def _rating_lines(session: SessionSummary) -> Sequence[Text]:
    """Return what the requester answered on the join page, and their last rating as TeamViewer reports it.

    The scale of TeamViewer's rating is not documented.
    """
    rated = session.rated_connection
    answered = [] if session.rating is None else [rating_text(session.rating)]
    return answered if rated is None else [*answered, _("Requester’s rating: {rating}", rating=rated.rating)]


def rating_text(rating: Rating) -> Text:
    """Return in words what the requester answered on the join page."""
    if rating.was_helpful:
        return _("The requester says: the session helped")
    return _("The requester says: the session did not help")


def comment_text(comment: str) -> Text:
    """Return the requester's comment with its label."""
    return _("Requester’s comment: {comment}", comment=comment)


def attendance_text(session: SessionSummary) -> Text:
    """Return in words how long people were connected, as far as TeamViewer reported it."""
    seconds = session.connected_seconds
    if seconds is not None:
        return n_(
            "Connected for {duration}",
            "Connected for {duration}, in {count} connections",
            sum(one.ended_at is not None for one in session.connections),
            duration=timedelta(seconds=seconds),
        )
    if not session.was_joined:
        return _("Nobody joined")
    return _("Connection time: not reported by TeamViewer")


def connection_text(connection: SessionConnection) -> Text:
    """Return one connection in words: its start, its duration and its device, as far as TeamViewer reported them."""
    device = connection.device or _("unknown device")
    if connection.ended_at is None:
        return _("From {start}, end not reported: {device}", start=connection.started_at, device=device)
    return _(
        "From {start} for {duration}: {device}",
        start=connection.started_at,
        duration=connection.ended_at - connection.started_at,
        device=device,
    )


def end_confirmation(number: RequestNumber, effect: Effect) -> Confirmation:
    """Return the answer to the person who ended a session."""
    return confirm(
        effect,
        changed=_("The session for request #{number} is ended.", number=number),
        nothing=_("The session for request #{number} was over before you ended it.", number=number),
    )


def running_connection_advice() -> Text:
    """Return what the technician of an ended session must know: closing a session stops new connections only."""
    return _("The links no longer work. If you are still connected, close the TeamViewer window too.")


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
        for notice in _latest(notices)
        if notice.channel.is_sms and notice.state in {NoticeState.FAILED, NoticeState.UNSURE}
    ]
    return (
        *(links or (enter_button(session),)),
        Button(verb_label(Verb.REINVITE), OnSession(Verb.REINVITE, session.id)),
        Button(verb_label(Verb.LINK), OnSession(Verb.LINK, session.id)),
        *again,
        Button(_("Invite"), OpenInviteForm(session.id)),
        *([Button(_("Withdraw"), Uninvite(session.id))] if any(one.is_open for one in invitations) else []),
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


def _latest(notices: Sequence[Notice]) -> Sequence[Notice]:
    """Return the latest notice to each person by SMS, by chat, and by any other way: those replace each other."""
    latest = {(notice.recipient, notice.channel.is_sms, notice.channel.is_chat): notice for notice in notices}
    return [notice for notice in latest.values() if notice.is_worth_showing]


def _notice_line(notice: Notice, session: Session) -> NoticeLine:
    # A note is no e-mail: it is shown as an e-mail that failed.
    is_note = notice.channel is Channel.NOTE and notice.state is NoticeState.SENT
    return NoticeLine(notice_text(notice, session), NoticeState.FAILED if is_note else notice.state)


def notice_text(notice: Notice, session: Session) -> Text:  # noqa: PLR0911 - one case a state
    """Return a notice in words: its recipient, channel and outcome."""
    requester = session.requester.name if session.requester else ""
    who = (
        session.technician_name
        if notice.recipient is Recipient.TECHNICIAN
        else requester or _("the requester")
    )
    if notice.channel.is_sms:
        return _sms_text(notice, who)
    if notice.channel is Channel.NOTE:
        return _note_text(notice, who)
    if notice.channel.is_chat:
        return chat_notice_text(notice, who)
    match notice.state:
        case NoticeState.PENDING:
            return _("E-mail to {name}: on its way", name=who)
        case NoticeState.SENT:
            # The technician's e-mail always goes this way, so there it needs no words.
            if notice.channel is Channel.MAIL and notice.recipient is Recipient.REQUESTER:
                return _("E-mail to {name}: sent by the bot’s own mail server", name=who)
            return _("E-mail to {name}: sent", name=who)
        case NoticeState.UNSURE:
            return _("E-mail to {name}: not sure it was sent", name=who)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            why = notice.problem or _("no reason was given")
            return _("E-mail to {name}: not sent. {why}", name=who, why=why)


def no_sms_text() -> Text:
    """Return why no requester gets an SMS: the settings say so."""
    return _("The bot is set up to send no SMS.")


def _sms_text(notice: Notice, who: Text | str) -> Text:
    """Return an SMS in words. Nobody reports whether an SMS arrived, so the most that is said is that it was accepted."""
    way = "TeamViewer" if notice.channel is Channel.TEAMVIEWER_SMS else _("the SMS gateway")
    match notice.state:
        case NoticeState.PENDING:
            return _("SMS to {name}: to be sent by {way}", name=who, way=way)
        case NoticeState.SENT:
            return _("SMS to {name}: accepted by {way}", name=who, way=way)
        case NoticeState.UNSURE:
            return _("SMS to {name}: not sure it was sent by {way}", name=who, way=way)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            why = notice.problem or _("no reason was given")
            return _("SMS to {name}: not sent. {why}", name=who, why=why)


def _note_text(notice: Notice, who: Text | str) -> Text:
    """Return a note that the requester can see in words. It says that no e-mail was sent by the bot."""
    why = notice.problem or _("No reason was given.")
    match notice.state:
        case NoticeState.PENDING:
            return _("Note for {name} on the request: on its way", name=who)
        case NoticeState.SENT:
            return _(
                "E-mail to {name}: not sent. {why} The link is in a note on the request that {name} can see. To be sure, press “Get link” and send it yourself.",
                name=who,
                why=why,
            )
        case NoticeState.UNSURE:
            return _("Note for {name} on the request: not sure it was added", name=who)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            return _("E-mail to {name}: not sent. {why}", name=who, why=why)
