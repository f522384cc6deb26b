"""What people are shown of a planned session: its card, and the messages about it."""

from collections.abc import Sequence
from typing import assert_never

from bot.commands import (
    CancelPlan,
    Create,
    MovePlan,
    OpenPlanForm,
    PlanSession,
    StartPlan,
)
from bot.i18n import Text, _
from bot.model.ids import RequestNumber
from bot.model.notice import Channel, NoticeState
from bot.model.plan import LATEST_START, Plan, PlanNews, PlanState
from bot.model.session import Kind
from bot.views.pages import Message
from bot.views.parts import Button, Question, Style, Tone
from bot.views.session import kind_text
from bot.views.shown_card import details_elsewhere
from bot.words_to_type import words_about


def make_plan_card(plan: Plan) -> Message:
    """Make the card of a planned session. It holds no link."""
    subject = Text("{subject}", {"subject": plan.subject})
    details = [
        *([subject] if plan.subject else []),
        _("{kind}, technician: {technician}", kind=kind_text(plan.kind), technician=plan.technician_name),
        *([_("Note: {note}", note=plan.note)] if plan.note else []),
        *([mail_text(plan)] if _shows_mail(plan) else []),
    ]
    buttons = plan_buttons(plan) if plan.is_planned else []
    return Message(plan_state_text(plan), _tone(plan), details, buttons, about=plan.number)


def plan_card_for_outsiders(plan: Plan) -> Message:
    """Make the card of a planned session for a channel that another organization shares: no subject, no person, no button."""
    text = (
        plan_state_text(plan)
        if plan.is_planned
        else _(
            "Request #{number}: no session is planned for {time} any more.",
            number=plan.number,
            time=plan.starts_at,
        )
    )
    return Message(text, details=[details_elsewhere()])


def plan_buttons(plan: Plan) -> list[Button]:
    """Return the buttons for a planned session."""
    cancel = Question(
        _("Cancel the planned session?"),
        _("The requester gets an e-mail about it."),
        _("Yes, cancel it"),
        _("Keep it"),
    )
    return [
        Button(_("Start now"), StartPlan(plan.id), Style.PRIMARY),
        Button(_("Move"), OpenPlanForm(plan.id)),
        Button(_("Cancel"), CancelPlan(plan.id), Style.DANGER, cancel),
    ]


def plan_state_text(plan: Plan) -> Text:
    """Return the state of a planned session in words."""
    match plan.state:
        case PlanState.PLANNED:
            return _("Request #{number}: planned for {time}.", number=plan.number, time=plan.starts_at)
        case PlanState.STARTED:
            return _(
                "Request #{number}: the session that was planned for {time} has been started.",
                number=plan.number,
                time=plan.starts_at,
            )
        case PlanState.CANCELLED:
            return _(
                "Request #{number}: the session that was planned for {time} was cancelled by {name}.",
                number=plan.number,
                time=plan.starts_at,
                name=plan.changed_by,
            )
        case PlanState.REFUSED:
            return _refused_text(plan)
        case _:
            assert_never(plan.state)


def _refused_text(plan: Plan) -> Text:
    why = plan.problem or Text("")
    return _(
        "Request #{number}: the session that was planned for {time} was not created. {why}",
        number=plan.number,
        time=plan.starts_at,
        why=why,
    )


def _shows_mail(plan: Plan) -> bool:
    """Whether the card says what became of the requester's mail. What is over sends none that is still pending."""
    if plan.state is PlanState.STARTED:
        return False
    return plan.state is not PlanState.REFUSED or plan.mail.state is not NoticeState.PENDING


def _tone(plan: Plan) -> Tone:
    if plan.state is PlanState.REFUSED:
        return Tone.PROBLEM
    return Tone.CALL if plan.is_planned else Tone.PLAIN


def mail_text(plan: Plan) -> Text:
    """Return what became of the newest mail to the requester, in words that are true."""
    mail, name = plan.mail, plan.requester_name or _("the requester")
    why = mail.problem or Text("")
    match mail.state:
        case NoticeState.PENDING:
            return _("… The e-mail to {name} is on its way.", name=name)
        case NoticeState.SENT if mail.channel is Channel.REPLY:
            return _("✓ E-mail to {name}, without a calendar file: {why}", name=name, why=why)
        case NoticeState.SENT:
            return _("✓ E-mail to {name}, with a calendar file.", name=name)
        case NoticeState.UNSURE:
            return _("❔ It is not certain that the e-mail to {name} was sent. {why}", name=name, why=why)
        case NoticeState.FAILED:
            return _("⚠️ The e-mail to {name} was not sent. {why}", name=name, why=why)
        case NoticeState.SKIPPED:
            return _("– No e-mail to {name}. {why}", name=name, why=why)
        case _:
            assert_never(mail.state)


def planning_message(accepted: Sequence[Plan], existing: Sequence[Plan], *, is_earlier: bool) -> Message:
    """Return the first answer to who plans sessions. ``existing``: those that they had planned already."""
    details = [
        *([earlier_text()] if is_earlier else []),
        *(_planned_already_text(one) for one in existing),
    ]
    if not accepted:
        text = _("You have planned a session for each of these requests already.")
        return Message(text, details=details)
    numbers = tuple(f"#{one.number}" for one in accepted)
    text = (
        _("Planning a Pilot session for {requests}, {time}…", requests=numbers, time=accepted[0].starts_at)
        if accepted[0].kind is Kind.PILOT
        else _("Planning a session for {requests}, {time}…", requests=numbers, time=accepted[0].starts_at)
    )
    # A platform need not keep an answer that only says that work has begun. What is planned already has to stay.
    return Message(text, Tone.PLAIN if existing else Tone.WAIT, details, is_accepted=True)


def _planned_already_text(plan: Plan) -> Text:
    return _(
        "You have planned a session for request #{number} already, for {time}.",
        number=plan.number,
        time=plan.starts_at,
    )


def earlier_text() -> Text:
    """Return the line about a time that comes twice."""
    return _("The clocks are put back that day, so this time comes twice. The earlier one is meant.")


def planned_already(plan: Plan, command: PlanSession) -> Message:
    """Return the answer to who has planned a session for the same request already."""
    another = PlanSession(
        command.number, command.at, command.kind, command.note, another=True, in_chat=command.in_chat
    )
    return Message(
        _planned_already_text(plan),
        buttons=[
            Button(_("Move to the new time"), MovePlan(plan.id, command.at), Style.PRIMARY),
            Button(_("Plan another session"), another),
        ],
        about=plan.number,
    )


def planned_message(plan: Plan) -> Message:
    """Return the answer to who planned a session, once its request was found."""
    lines = [
        _("The session is created at that time, and the requester gets the link then."),
        _(
            "If the integration or a rule does not allow it then, no session is created. You get a message that says why."
        ),
    ]
    return Message(plan_state_text(plan), details=[*lines, _what_to_type(plan.number)], is_personal=True)


def _what_to_type(number: RequestNumber) -> Text:
    return _(
        "You can also type {start}, {move} or {cancel}.",
        start=words_about("start", number),
        move=words_about("move", number),
        cancel=words_about("cancel", number),
    )


def moved_message(plan: Plan) -> Message:
    """Return the answer to who moved a planned session."""
    return Message(
        _(
            "The session for request #{number} is now planned for {time}. The requester gets an e-mail about it.",
            number=plan.number,
            time=plan.starts_at,
        ),
        is_accepted=True,
    )


def cancelled_message(plan: Plan, *, is_mailed: bool) -> Message:
    """Return the answer to who cancelled a planned session. ``is_mailed``: the requester gets an e-mail about it."""
    text = _("The planned session for request #{number} is cancelled.", number=plan.number)
    line = (
        _("The requester gets an e-mail about it.")
        if is_mailed
        else _("The TeamViewer integration is switched off, so the requester gets no e-mail about it.")
    )
    return Message(text, details=[line])


def plan_message(plan: Plan, news: PlanNews, *, by: str = "") -> Message:  # noqa: PLR0911 - one case a kind of news
    """Return a private message to the technician of a planned session."""
    number, time = plan.number, plan.starts_at
    match news:
        case PlanNews.REMINDER:
            text = _("Your session for request #{number} begins at {time}.", number=number, time=time)
            return Message(
                text, Tone.CALL, _subject(plan), plan_buttons(plan), is_personal=True, about=number
            )
        case PlanNews.REFUSED:
            again = Button(_("Try again"), Create(number, plan.kind, plan.note, in_chat=plan.in_chat))
            expected = [_("The requester expects the session, and got no e-mail about this: tell them.")]
            return Message(_refused_text(plan), Tone.PROBLEM, expected, [again], is_personal=True)
        case PlanNews.CLOSED:
            text = _(
                "Request #{number} was closed in ServiceDesk Plus, so your session that was planned for {time} is cancelled.",
                number=number,
                time=time,
            )
            return Message(text, Tone.CALL, [_("The requester gets an e-mail about it.")], is_personal=True)
        case PlanNews.OPEN_ALREADY:
            text = _(
                "A session for request #{number} was open at the planned time already, so no second one was created.",
                number=number,
            )
            return Message(text, Tone.CALL, is_personal=True)
        case PlanNews.MOVED:
            text = _(
                "{name} has moved your planned session for request #{number} to {time}.",
                name=by,
                number=number,
                time=time,
            )
            return Message(
                text, Tone.CALL, _subject(plan), plan_buttons(plan), is_personal=True, about=number
            )
        case PlanNews.CANCELLED:
            text = _(
                "{name} has cancelled your planned session for request #{number}, {time}.",
                name=by,
                number=number,
                time=time,
            )
            return Message(text, Tone.CALL, _subject(plan), is_personal=True)
        case PlanNews.PLANNED:
            return planned_message(plan)
        case _:
            assert_never(news)


def _subject(plan: Plan) -> Sequence[Text]:
    return [Text("{subject}", {"subject": plan.subject})] if plan.subject else []


def plan_line(plan: Plan) -> Text:
    """Return a planned session as a line of a list."""
    return _(
        "Planned for {time}: {kind}, request #{number}",
        time=plan.starts_at,
        kind=kind_text(plan.kind),
        number=plan.number,
    )


def plan_of_line(plan: Plan) -> Text:
    """Return a planned session as a line of its request's panel, for every technician."""
    return _(
        "{kind} of {technician}: planned for {time}.",
        kind=kind_text(plan.kind),
        technician=plan.technician_name,
        time=plan.starts_at,
    )


def plan_entry(plan: Plan) -> Message:
    """Return a planned session as an entry of its technician's home."""
    return Message(plan_line(plan), details=_subject(plan), buttons=plan_buttons(plan), about=plan.number)


def planned_notes(plans: Sequence[Plan]) -> Sequence[Text]:
    """Return the lines about planned sessions in a list of sessions."""
    if not plans:
        return ()
    return [*(plan_line(one) for one in plans), where_buttons_are(), _what_to_type(plans[0].number)]


def where_buttons_are() -> Text:
    """Return where the buttons of planned sessions are."""
    return _("To start, move or cancel a planned session, use the buttons on its card or in your overview.")


def too_late_text() -> Text:
    """Return why a session was not created that is long overdue."""
    minutes = int(LATEST_START.total_seconds() // 60)
    return _("The bot was not running at that time, nor in the {minutes} minutes after it.", minutes=minutes)


def restored_text() -> Text:
    """Return why a session was not created whose time came between a backup and its restore."""
    return _("The database was restored from a backup, so it may have been created already.")


def plan_note_text(plan: Plan, news: PlanNews) -> Text:
    """Return the line of the note on the request."""
    values = {
        "kind": kind_text(plan.kind),
        "time": plan.starts_at,
        "technician": plan.technician_name,
        "by": plan.changed_by or plan.technician_name,
    }
    match news:
        case PlanNews.MOVED:
            return _("{kind} of {technician}: moved to {time} by {by}.", **values)
        case PlanNews.CANCELLED:
            return _("{kind} of {technician}, planned for {time}: cancelled by {by}.", **values)
        case _:
            return _("{kind} of {technician}: planned for {time}.", **values)
