"""The texts of the mails to a requester about a planned session, and of the note on its request."""

import html
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from bot.email_templates import EmailText
from bot.i18n import Language, Text, _
from bot.model.plan import Plan, PlanNews
from bot.model.session import Kind
from bot.ports import CalendarEvent
from bot.time_zones import find_zone
from bot.views.parts import Reader
from bot.views.plan import mail_text, plan_note_text
from bot.views.session import kind_text


def plan_email(plan: Plan, news: PlanNews, reference: str, reader: Reader, *, has_file: bool) -> EmailText:
    """Write the mail to the requester. It holds no link: the link comes when the session is created.

    ``has_file``: a calendar file goes with it.
    """
    body = _body(plan, news, has_file=has_file)
    plain, escaped = _language(reader), _language(reader, is_html=True)
    after = _("Reference: {reference}", reference=reference)
    page = (
        '<div style="font-family:Arial,sans-serif;font-size:15px;line-height:1.5">'
        + "".join(f"<p>{escaped.say(line)}</p>" for line in body)
        + f'<p style="color:#555555">{escaped.say(after)}</p></div>'
    )
    # ServiceDesk Plus threads an answer back to the request by this form of the subject.
    subject = f"Re: [Request ID :##{plan.number}##] : {plan.subject}"
    text = "\n\n".join(plain.say(line) for line in [*body, after])
    return EmailText(" ".join(subject.split()), f"{text}\n", page)


def _body(plan: Plan, news: PlanNews, *, has_file: bool) -> Sequence[Text]:
    hello = _("Hello {name},", name=plan.requester_name) if plan.requester_name else _("Hello,")
    values = {
        "technician": plan.technician_name,
        "number": plan.number,
        "subject": plan.subject,
        "time": plan.starts_at,
    }
    link = (
        _(
            "You get an e-mail with the link at that time. Have your phone at hand: you show something with its camera."
        )
        if plan.kind is Kind.PILOT
        else _("You get an e-mail with the link at that time. Please be at the device that needs help.")
    )
    file = [_("The attached file adds the appointment to your calendar.")] if has_file else []
    unfit = _("Does the time not suit you? Answer this e-mail.")
    match news:
        case PlanNews.MOVED:
            first = _(
                "{technician} has moved the session for your request #{number}, “{subject}”, to {time}.",
                **values,
            )
            return [hello, first, link, *file, unfit]
        case PlanNews.CANCELLED:
            first = _(
                "the session for your request #{number}, “{subject}”, that was planned for {time} is cancelled.",
                **values,
            )
            remove = _("The attached file removes the appointment from your calendar.")
            return [hello, first, *([remove] if has_file else [])]
        case PlanNews.REMINDER:
            first = _(
                "a reminder: the session for your request #{number}, “{subject}”, begins at {time}.", **values
            )
            return [hello, first, link]
        case _:
            first = _(
                "{technician} has planned a session for your request #{number}, “{subject}”, for {time}.",
                **values,
            )
            return [hello, first, link, *file, unfit]


def plan_event(plan: Plan, news: PlanNews, reader: Reader, attendee: str) -> CalendarEvent:
    """Return the appointment for a requester's calendar."""
    plain = _language(reader)
    summary = _("{kind} for request #{number}", kind=kind_text(plan.kind), number=plan.number)
    description = _(
        "“{subject}”, with {technician}. The link comes by e-mail when the session begins.",
        subject=plan.subject,
        technician=plan.technician_name,
    )
    return CalendarEvent(
        uid=f"{plan.id}@tvbot",
        sequence=plan.sequence,
        is_cancelled=news is PlanNews.CANCELLED,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        changed_at=plan.changed_at,
        summary=plain.say(summary),
        description=plain.say(description),
        organizer=plan.technician,
        organizer_name=plan.technician_name,
        attendee=attendee,
    )


def plan_note(plan: Plan, news: PlanNews, reference: str, reader: Reader) -> str:
    """Write the note on the request: what was planned, and what became of the requester's mail."""
    escaped = _language(reader, is_html=True)
    lines = [plan_note_text(plan, news), mail_text(plan), _("Reference: {reference}", reference=reference)]
    return "<div>" + "<br>".join(escaped.say(line) for line in lines) + "</div>"


def _language(reader: Reader, *, is_html: bool = False) -> Language:
    zone = find_zone(reader.timezone)

    def dated(at: datetime) -> str:
        # Somebody who plans a day needs its name, and the year where it changes soon.
        name = reader.timezone if isinstance(zone, ZoneInfo) and reader.timezone != "UTC" else "UTC"
        return format_datetime(at, "EEEE d MMMM y, HH:mm", tzinfo=zone, locale=reader.language) + f" ({name})"

    if is_html:
        return Language(reader.language, reader.timezone, escape=html.escape, dated=dated)
    return Language(reader.language, reader.timezone, dated=dated)
