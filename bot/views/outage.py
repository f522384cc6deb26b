"""The card of an outage, which counts its sessions, and the form that reports one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, auto

from bot.commands import EndOutage, ShowOutageLinks
from bot.i18n import Text, _, labelled, n_
from bot.model.ids import Email, OutageId, RequestNumber
from bot.model.outage import Outage, Refusal
from bot.model.session import Kind, SessionSummary, State
from bot.values import replace, value_class
from bot.views.form import ChannelChoice
from bot.views.parts import Button, Question, Style
from bot.views.session import state_text

MOST_ROWS = 30
"""Requests that a card lists. Slack takes 50 blocks in a message, Teams 28 KB."""


@value_class
class OutageRow:
    """One request of an outage on its card. ``state`` is None for a request that got no session."""

    number: RequestNumber
    url: str
    requester_name: str
    state: State | None
    text: Text


@value_class
class OutageCard:
    """The sessions of an outage, as everybody in a channel may see them: it holds no link of a session.

    ``more`` counts the requests that have no row. ``is_over``: none of the sessions is open any more.
    """

    outage: OutageId
    creator: Email
    counts: Text
    kind: Kind
    technician_name: str
    note: str
    rows: Sequence[OutageRow]
    more: int
    is_over: bool
    buttons: Sequence[Button]

    @property
    def more_text(self) -> Text:
        """Say how many requests the card does not list."""
        return n_("and {count} more request", "and {count} more requests", self.more)


@value_class
class RequestChoice:
    """A request that can be chosen in a form."""

    number: RequestNumber
    subject: str


@value_class
class OutageForm:
    """The form for an outage, with the values it opens with. ``channel`` and ``choices`` are as in ``SessionForm``.

    ``requests`` are those of its reader, on a platform that has no picker of its own which searches for several.
    """

    kind: Kind
    note: str
    channel: str
    choices: Sequence[ChannelChoice] = ()
    offers_chat: bool = False
    requests: Sequence[RequestChoice] = ()


class _Part(StrEnum):
    """What the requests of an outage are counted by."""

    CREATING = auto()
    WAITING = auto()
    PRESENT = auto()
    CONNECTED = auto()
    ENDING = auto()
    ENDED = auto()
    EXPIRED = auto()
    FAILED = auto()
    REFUSED = auto()


_PARTS: Mapping[State, _Part] = {
    State.CREATING: _Part.CREATING,
    State.WAITING: _Part.WAITING,
    State.PRESENT: _Part.PRESENT,
    State.CONNECTED: _Part.CONNECTED,
    State.ENDED: _Part.ENDED,
    State.EXPIRED: _Part.EXPIRED,
    State.FAILED: _Part.FAILED,
}


def make_outage_card(
    outage: Outage, sessions: Sequence[SessionSummary], refusals: Sequence[Refusal]
) -> OutageCard:
    """Make the card of an outage. Requests are in the order of their numbers."""
    rows = [_row(session, outage) for session in sessions]
    numbers = {one.number for one in sessions}
    # A request that was asked for again may have both.
    refused = [one for one in refusals if one.number not in numbers]
    rows += [OutageRow(one.number, "", "", None, labelled(_("No session"), one.why)) for one in refused]
    is_over = not any(one.state.is_open for one in sessions)
    shown = _shown(rows)
    return OutageCard(
        outage=outage.id,
        creator=outage.technician,
        counts=counts_text(sessions, len(refused)),
        kind=outage.kind,
        technician_name=outage.technician_name,
        note=outage.note,
        rows=shown,
        more=len(rows) - len(shown),
        is_over=is_over,
        buttons=() if is_over else _buttons(outage.id),
    )


def counts_text(sessions: Sequence[SessionSummary], refused: int) -> Text:
    """Return how many requests an outage has, and how many of them are in each state."""
    parts = [_part_of(one) for one in sessions] + [_Part.REFUSED] * refused
    counted = tuple(_part_text(part, parts.count(part)) for part in _Part if part in parts)
    requests = n_("{count} request", "{count} requests", len(parts))
    return _("Outage: {requests} — {counts}", requests=requests, counts=counted)


def _part_of(session: SessionSummary) -> _Part:
    return _Part.ENDING if session.is_ending else _PARTS[session.state]


def _part_text(part: _Part, count: int) -> Text:  # noqa: PLR0911 - one case a part
    match part:
        case _Part.CREATING:
            return n_("{count} being created", "{count} being created", count)
        case _Part.WAITING:
            return n_("{count} waiting", "{count} waiting", count)
        case _Part.PRESENT:
            return n_("{count} with the requester there", "{count} with the requester there", count)
        case _Part.CONNECTED:
            return n_("{count} connected", "{count} connected", count)
        case _Part.ENDING:
            return n_("{count} being ended", "{count} being ended", count)
        case _Part.ENDED:
            return n_("{count} ended", "{count} ended", count)
        case _Part.EXPIRED:
            return n_("{count} expired", "{count} expired", count)
        case _Part.FAILED:
            return n_("{count} failed", "{count} failed", count)
        case _Part.REFUSED:
            return n_("{count} refused", "{count} refused", count)


def _row(session: SessionSummary, outage: Outage) -> OutageRow:
    # The row names the requester, so its state need not.
    text = state_text(replace(session, requester=None))
    if session.state in {State.CREATING, State.FAILED} and session.problem is not None:
        text = labelled(text, session.problem)
    if session.technician != outage.technician and session.state.is_open:
        text = _("{state} ({technician})", state=text, technician=session.technician_name)
    return OutageRow(
        session.number,
        session.request_url,
        session.requester.name if session.requester else "",
        session.state,
        text,
    )


def _shown(rows: Sequence[OutageRow]) -> Sequence[OutageRow]:
    """Return the rows that a card has room for. Those of sessions that are over are left out first."""
    by_number = sorted(rows, key=lambda one: int(one.number))
    kept = sorted(by_number, key=lambda one: one.state is not None and one.state.is_over)[:MOST_ROWS]
    return sorted(kept, key=lambda one: int(one.number))


def _buttons(outage: OutageId) -> Sequence[Button]:
    question = Question(
        _("End all sessions?"),
        _(
            "The links of each session stop working. A running connection may go on: end it in the TeamViewer window."
        ),
        _("Yes, end all"),
        _("Keep them open"),
    )
    return (
        Button(_("Show mine"), ShowOutageLinks(outage), Style.PRIMARY),
        Button(_("End all"), EndOutage(outage), Style.DANGER, question),
    )
