"""The texts of e-mails, SMS and notes on the request."""

import html
from collections.abc import Sequence

from bot.i18n import Language, Link, Text, _, labelled
from bot.model.notice import Notice
from bot.model.session import Kind, Session
from bot.values import value_class
from bot.views.chat_invitation import invitation_text, joining_text
from bot.views.session import kind_text, notice_text

_BUTTON = (
    "display:inline-block;padding:12px 22px;border-radius:6px;background:#1456d9;"
    "color:#ffffff;font-weight:bold;text-decoration:none"
)

_RENEWED_FOR_REQUESTER = _(
    "The session was renewed. The page of an earlier e-mail leads to it too, but TeamViewer’s own link in that e-mail no longer works."
)
_RENEWED_FOR_TECHNICIAN = _("The session was renewed. The link in an earlier e-mail no longer works.")


@value_class
class EmailText:
    """An e-mail: its subject, and its text with and without markup."""

    subject: str
    text: str
    html: str


def requester_email(session: Session, join_page: str, reference: str, language: str) -> EmailText:
    """Write the invitation to the requester. The subject makes ServiceDesk Plus add a reply to the request."""
    link = session.requester_link.reveal() if session.requester_link else join_page
    name = session.requester.name if session.requester else ""
    body = [
        _("Hello {name},", name=name),
        invitation_text(session),
        joining_text(session),
        *([_RENEWED_FOR_REQUESTER] if session.renewed_at else []),
    ]
    after = [
        _("Or open TeamViewer’s own link: {link}", link=link),
        _("The links work for 24 hours, or until the session ends."),
        _("Didn’t ask for help? Don’t open these links, and tell your service desk."),
        _("Reference: {reference}", reference=reference),
    ]
    # ServiceDesk Plus threads an answer back to the request by this form of the subject.
    subject = f"Re: [Request ID :##{session.number}##] : {session.subject}"
    # A pilot session needs the phone. Somebody who reads the mail at a desk scans the code.
    picture = f"{join_page}/qr.png" if session.kind is Kind.PILOT else None
    return _email_text(
        subject, body, (_("Join the session"), join_page), after, language=language, picture=picture
    )


def technician_email(session: Session, language: str) -> EmailText:
    """Write the e-mail with the link that only the technician may have."""
    link = session.supporter_link.reveal() if session.supporter_link else session.request_url
    requester = session.requester.name if session.requester else ""
    number, subject = session.number, session.subject
    body = [
        _("Hello {name},", name=session.technician_name),
        _(
            "your session for request #{number}, “{subject}”, of {requester} is ready.",
            number=number,
            subject=subject,
            requester=requester,
        )
        if requester
        else _("your session for request #{number}, “{subject}”, is ready.", number=number, subject=subject),
        *([_RENEWED_FOR_TECHNICIAN] if session.renewed_at else []),
    ]
    web_client = session.web_client_link
    after = [
        *(
            [
                _(
                    "If TeamViewer is not installed on your device, enter in the browser: {link}",
                    link=web_client.reveal(),
                )
            ]
            if web_client
            else []
        ),
        _("This link is only for you: do not share it. The requester has their own."),
        _("Session code: {code}", code=session.code or ""),
        _("The request: {url}", url=session.request_url),
    ]
    title = Language(language).say(
        _("{kind} for request #{number}", kind=kind_text(session.kind), number=number)
    )
    return _email_text(title, body, (_("Enter session"), link), after, language=language)


def requester_sms(session: Session, join_page: str, language: str) -> str:
    """Write the SMS that opens the camera session on the requester's phone."""
    return Language(language).say(
        _(
            "{technician} would like to see what you see, for your request #{number}. Open on your phone: {link}",
            technician=session.technician_name,
            number=session.number,
            link=join_page,
        )
    )


def request_note(session: Session, notices: Sequence[Notice], reference: str, language: str) -> str:
    """Write the note on the request: who created the session, and who was notified how. It holds no link."""
    escaped = Language(language, escape=html.escape)
    first = _(
        "{kind} {code} was created by {technician}.",
        kind=kind_text(session.kind),
        code=session.code or "",
        technician=session.creator_name,
    )
    lines = [escaped.say(first), *(escaped.say(notice_text(one, session)) for one in notices)]
    if session.note:
        lines.append(escaped.say(_("Note: {note}", note=session.note)))
    lines.append(escaped.say(_("Reference: {reference}", reference=reference)))
    return "<div>" + "<br>".join(lines) + "</div>"


def invitation_note(session: Session, name: str, by_name: str, reference: str, language: str) -> str:
    """Write the note on the request about an invitation: who was invited by whom. It holds no link."""
    escaped = Language(language, escape=html.escape)
    first = _(
        "{by} invited {name} to {kind} {code}.",
        by=by_name,
        name=name,
        kind=kind_text(session.kind),
        code=session.code or "",
    )
    lines = [escaped.say(first), escaped.say(_("Reference: {reference}", reference=reference))]
    return "<div>" + "<br>".join(lines) + "</div>"


def _email_text(
    subject: str,
    body: Sequence[Text],
    action: tuple[Text, str],
    after: Sequence[Text],
    *,
    language: str,
    picture: str | None = None,
) -> EmailText:
    plain = Language(language)
    escaped = Language(language, escape=html.escape)
    label, url = action
    lines = [
        *(plain.say(line) for line in body),
        plain.say(labelled(label, Link(url))),
        *(plain.say(line) for line in after),
    ]
    paragraphs = [
        *(f"<p>{escaped.say(line)}</p>" for line in body),
        f'<p><a href="{html.escape(url)}" style="{_BUTTON}">{escaped.say(label)}</a></p>',
        *([_qr_code(picture, escaped)] if picture else []),
        *(f'<p style="color:#555555">{escaped.say(line)}</p>' for line in after),
    ]
    page = (
        '<div style="font-family:Arial,sans-serif;font-size:15px;line-height:1.5">'
        + "".join(paragraphs)
        + "</div>"
    )
    return EmailText(" ".join(subject.split()), "\n\n".join(lines) + "\n", page)


def _qr_code(url: str, language: Language) -> str:
    """Return the QR code of the link, so that somebody who reads the e-mail at a desk can scan it with their phone."""
    alt = language.say(_("QR code of the link, for your phone"))
    return f'<p><img src="{html.escape(url)}" alt="{alt}" width="160" height="160"></p>'
