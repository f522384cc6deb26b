"""The texts of a session's record: the note on the request, and the description of the worklog."""

import hashlib
import html
from collections.abc import Sequence
from datetime import UTC, datetime

from babel.dates import format_datetime

from bot.i18n import Language, Text, _
from bot.model.ids import SessionId
from bot.model.invitation import Invitation
from bot.model.notice import Notice, Recipient
from bot.model.session import ENDED_BY_SERVICEDESK, Session, State
from bot.values import value_class
from bot.views.invitation import participation_lines
from bot.views.session import (
    attendance_text,
    comment_text,
    connection_text,
    handover_text,
    kind_text,
    notice_text,
    rating_text,
)

_REFERENCE_LENGTH = 16


@value_class
class RecordNote:
    """The note about a session that is over, escaped for HTML.

    Where a note cannot be edited, another one replaces it: that has the ``correcting_title`` and a marker of its own.
    """

    session_id: SessionId
    title: str
    correcting_title: str
    lines: Sequence[str]
    language: Language

    @property
    def digest(self) -> str:
        """The SHA-256 over what the note says, in hexadecimal."""
        return hashlib.sha256("\n".join([self.title, *self.lines]).encode()).hexdigest()

    @property
    def reference(self) -> str:
        """The marker in the first note. The note about the session's creation has the session's id, so this one has not."""
        return _derive_reference(f"{self.session_id}/record")

    @property
    def correcting_reference(self) -> str:
        """The marker in a note that replaces the first one: another one for each change."""
        return _derive_reference(f"{self.session_id}/record/{self.digest}")

    def html(self, reference: str) -> str:
        """Return the note with its marker, as HTML."""
        title = self.title if reference == self.reference else self.correcting_title
        last = self.language.say(_("Reference: {reference}", reference=reference))
        return "<div>" + "<br>".join([f"<b>{title}</b>", *self.lines, last]) + "</div>"


def worklog_reference(session_id: SessionId) -> str:
    """Return the marker in the description of a session's worklog."""
    return _derive_reference(f"{session_id}/worklog")


def _derive_reference(reason: str) -> str:
    return hashlib.sha256(reason.encode()).hexdigest()[:_REFERENCE_LENGTH]


def record_note(
    session: Session, notices: Sequence[Notice], language: str, *, invitations: Sequence[Invitation] = ()
) -> RecordNote:
    """Write what is known about a session that is over. It holds no link.

    Times are in UTC and say so: the readers may be anywhere, and ServiceDesk Plus shows a note's text as it is.
    """
    escaped = Language(language, escape=html.escape, dated=lambda at: format_in_utc(at, language))
    kind, code = kind_text(session.kind), session.code or ""
    lines = [
        _("Technician: {name}", name=session.technician_name),
        *participation_lines(invitations),
        _("Created: {time}", time=session.created_at),
        *_renewal_lines(session),
        *(handover_text(one) for one in session.handovers),
        _end_text(session),
        attendance_text(session),
        *(connection_text(one) for one in session.connections),
        *(
            notice_text(one, session)
            for one in notices
            if one.recipient is Recipient.REQUESTER and one.is_worth_showing
        ),
        *_feedback_lines(session),
    ]
    return RecordNote(
        session.id,
        escaped.say(_("{kind} {code} is over.", kind=kind, code=code)),
        escaped.say(_("{kind} {code} is over. This note replaces the earlier one.", kind=kind, code=code)),
        [escaped.say(line) for line in lines],
        escaped,
    )


def worklog_description(session: Session, language: str) -> str:
    """Write the description of a session's worklog."""
    return Language(language).say(
        _(
            "{kind} {code}: connected time as TeamViewer reported it. Reference: {reference}",
            kind=kind_text(session.kind),
            code=session.code or "",
            reference=worklog_reference(session.id),
        )
    )


def _renewal_lines(session: Session) -> Sequence[Text]:
    """Return when the session was last renewed, and the codes that it had before."""
    if session.renewed_at is None:
        return []
    codes = ", ".join(session.former_codes)
    return [
        _("Renewed: {time}", time=session.renewed_at),
        _("Earlier session codes: {codes}", codes=codes),
    ]


def _end_text(session: Session) -> Text:
    at = session.ended_at or session.created_at
    if session.state is State.EXPIRED and session.renewed_at is not None:
        return _("Expired: {time}", time=at)
    if session.state is State.EXPIRED:
        return _("Expired: {time}. The link worked for 24 hours.", time=at)
    if session.ended_by == ENDED_BY_SERVICEDESK:
        return _("Ended: {time}, because the request was closed in ServiceDesk Plus", time=at)
    if session.ended_by:
        return _("Ended: {time}, by {name}", time=at, name=session.ended_by)
    return _("Ended: {time}, at TeamViewer", time=at)


def _feedback_lines(session: Session) -> Sequence[Text]:
    """Return what the requester answered on the join page, then each rating and comment that TeamViewer reports.

    The scale of TeamViewer's rating is not documented.
    """
    rating = session.rating
    return [
        *([rating_text(rating)] if rating is not None else []),
        *([comment_text(rating.comment)] if rating is not None and rating.comment else []),
        *_reported_feedback_lines(session),
    ]


def _reported_feedback_lines(session: Session) -> Sequence[Text]:
    return [
        line
        for one in session.connections
        for line in (
            *([_("Requester’s rating: {rating}", rating=one.rating)] if one.rating is not None else []),
            *([comment_text(one.comment)] if one.comment else []),
        )
    ]


def format_in_utc(at: datetime, language: str) -> str:
    """Return a moment in UTC, which says so."""
    # Babel's own name of this zone is "TU" in French, which few people know.
    return format_datetime(at, "d MMM y, HH:mm 'UTC'", tzinfo=UTC, locale=language)
