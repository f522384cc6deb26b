"""The section of a home that lists the open requests which are assigned to its reader."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.commands import Create
from bot.i18n import Text, _, n_
from bot.model.ids import RequestNumber
from bot.model.listed_session import ListedSession
from bot.model.request import AssignedRequests, Request
from bot.model.session import Kind
from bot.views.home import RequestRow, RequestRows
from bot.views.parts import Button, Style
from bot.views.session import state_text
from bot.views.wording import requester_name

SHOWN = 5
"""How many requests a home shows."""


def make_request_rows(
    assigned: AssignedRequests,
    sessions: Mapping[RequestNumber, ListedSession],
    *,
    can_create: bool,
    as_of: datetime | None,
    problem: Text | None,
) -> RequestRows:
    """Make the section of requests. ``as_of``: when they were read, if that is to be said.

    ``sessions`` are the reader's open sessions by the number of their request. ``problem`` says why the requests could not
    be read again since.
    """
    shown = assigned.requests[:SHOWN]
    rows = [_make_row(one, sessions.get(one.number), can_create=can_create) for one in shown]
    notes = [*_left_out_notes(len(assigned.requests) - len(shown), has_more=assigned.has_more)]
    if not assigned.requests and not assigned.has_more:
        notes.append(_("No open request is assigned to you."))
    if as_of is not None:
        since = _("As of {time}.", time=as_of)
        notes.append(Text("{since} {why}", {"since": since, "why": problem}) if problem else since)
    return RequestRows(rows, notes)


def _left_out_notes(left_out: int, *, has_more: bool) -> Sequence[Text]:
    """Say how many requests the home does not show. ``has_more``: there may be others, which were not read."""
    if has_more and left_out:
        return [
            n_(
                "At least {count} more is assigned to you.",
                "At least {count} more are assigned to you.",
                left_out,
            )
        ]
    if has_more:
        return [_("There may be more, which are older: see ServiceDesk Plus.")]
    if left_out:
        return [n_("{count} more is assigned to you.", "{count} more are assigned to you.", left_out)]
    return []


def unread_requests(problem: Text | None, otherwise: Text) -> RequestRows:
    """Make the section for requests that were not read: why they could not be, or else what follows."""
    if problem is None:
        return RequestRows(notes=[otherwise])
    return RequestRows(notes=[_("Your requests cannot be shown. {why}", why=problem)])


def requests_follow() -> Text:
    """Return what a home says while a job reads the requests."""
    return _("Your requests are being read…")


def requests_left_out() -> Text:
    """Return what a home says if its requests were not read and no job reads them."""
    return _("To see your requests, open the overview again.")


def _make_row(request: Request, session: ListedSession | None, *, can_create: bool) -> RequestRow:
    number = Text("#{number}", {"number": request.number})
    command = Create(request.number, Kind.REMOTE)
    start = Button(_("Start session"), command, Style.PRIMARY, about=number)
    return RequestRow(
        number=request.number,
        subject=request.subject,
        requester_name=requester_name(request),
        url=request.url,
        state_text=state_text(session) if session is not None else None,
        button=start if can_create and session is None else None,
    )


def sessions_by_request(sessions: Sequence[ListedSession]) -> Mapping[RequestNumber, ListedSession]:
    """Return sessions by the number of their request: of several for one request the newest, which comes first."""
    return {one.number: one for one in reversed(sessions) if one.is_usable}
