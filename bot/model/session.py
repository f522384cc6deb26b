"""A TeamViewer session for a request: its states, and the changes between them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.i18n import Text
from bot.model.handover import Handover
from bot.model.ids import (
    Email,
    JoinToken,
    SessionCode,
    bare_code,
)
from bot.model.rating import Rating
from bot.model.secret import Secret
from bot.model.session_connection import SessionConnection, merged
from bot.model.session_state import LEGAL_MOVES, Kind, State
from bot.model.session_summary import SessionSummary
from bot.values import field, replace, value_class

__all__ = [
    "ENDED_BY_SERVICEDESK",
    "LEGAL_MOVES",
    "ORPHAN_AFTER",
    "SAME_ARRIVAL",
    "VALID_FOR",
    "IllegalMove",
    "Kind",
    "RemoteSession",
    "Session",
    "SessionSummary",
    "State",
]

ENDED_BY_SERVICEDESK = "ServiceDesk Plus"
"""``ended_by`` of a session that ended because its request was closed."""
VALID_FOR = timedelta(hours=24)
"""How long a session's link works (TeamViewer's own default, sent explicitly)."""
SAME_ARRIVAL = timedelta(minutes=2)
"""A requester who comes back within this time belongs to the same arrival: their network may have dropped."""
ORPHAN_AFTER = timedelta(seconds=30)
"""How long TeamViewer may still take to create a session whose creation was given up."""


class IllegalMove(Exception):
    """A state change that ``LEGAL_MOVES`` does not allow."""

    def __init__(self, session: "Session", target: State) -> None:
        super().__init__(f"a session cannot go from {session.state} to {target}")


@value_class
class RemoteSession:
    """What TeamViewer returns about a session that it created.

    ``web_client_link`` is for a technician without an installation. TeamViewer does not give it for every session.
    """

    code: SessionCode
    requester_link: Secret
    supporter_link: Secret
    valid_until: datetime | None
    web_client_link: Secret | None = None


@value_class(kw_only=True)
class Session(SessionSummary):
    """A session for one request, run by the technician who created it.

    ``requester_link`` is for the requester only. ``supporter_link`` and ``web_client_link`` are for the creator only: they
    start the installed TeamViewer, or TeamViewer in the browser. ``join_token`` is in the address of its join page.
    """

    join_token: JoinToken
    requester_link: Secret | None = field(default=None, repr=False)
    supporter_link: Secret | None = field(default=None, repr=False)
    web_client_link: Secret | None = field(default=None, repr=False)

    def _move(self, target: State) -> "Session":
        if target not in LEGAL_MOVES[self.state]:
            raise IllegalMove(self, target)
        return replace(self, state=target, version=self.version + 1)

    def opened(self, remote: RemoteSession) -> "Session":
        """Return the session as created at TeamViewer: waiting for the requester."""
        return replace(
            self._move(State.WAITING),
            code=remote.code,
            requester_link=remote.requester_link,
            supporter_link=remote.supporter_link,
            web_client_link=remote.web_client_link,
            # TeamViewer may answer without an end, although it was asked for one.
            valid_until=remote.valid_until or self.created_at + VALID_FOR,
            problem=None,
        )

    def renewed(self, remote: RemoteSession, at: datetime) -> "Session":
        """Return the session with a new TeamViewer session in place of the one that it has. It waits for the requester.

        Raises IllegalMove unless it is open there, and nobody is there or asked for its end.
        """
        if self.code is None or self.state is not State.WAITING or self.is_ending or self.is_moving:
            raise IllegalMove(self, State.WAITING)
        return replace(
            self,
            version=self.version + 1,
            code=remote.code,
            former_codes=(*self.former_codes, self.code),
            requester_link=remote.requester_link,
            supporter_link=remote.supporter_link,
            web_client_link=remote.web_client_link,
            valid_until=remote.valid_until or at + VALID_FOR,
            renewed_at=at,
            is_online=False,
        )

    def failed(self, problem: Text) -> "Session":
        """Return the session as failed. ``problem`` is the sentence that people see."""
        return replace(self._move(State.FAILED), problem=problem)

    def seen(self, *, is_online: bool, at: datetime) -> "Session":
        """Return the session after TeamViewer said whether the requester is there. The same object if nothing changed."""
        changed = self if is_online is self.is_online else replace(self, is_online=is_online)
        return self._follow_evidence(changed, at)

    def entered(self, at: datetime) -> "Session":
        """Return the session after the technician entered it. That counts only while the requester is there."""
        if self.arrived_at is None or self.is_entered:
            return self
        # The clocks of two machines may differ, and an entry must not count as one into the stay before.
        return self._follow_evidence(replace(self, entered_at=max(at, self.arrived_at)), at)

    def reported(self, connections: Iterable[SessionConnection], at: datetime) -> "Session":
        """Return the session with the connections that TeamViewer reports. The same object if nothing changed."""
        return self._follow_evidence(replace(self, connections=merged(self.connections, connections)), at)

    def _follow_evidence(self, changed: "Session", at: datetime) -> "Session":
        """Return ``changed``, this session with new evidence, in the state that its evidence shows."""
        if changed.state.is_live:
            changed = _with_presence(changed, at)
            state = _evident_state(changed)
            # Each round asks this of every open session. Copies and comparisons of all fields would take most of its time.
            changed = changed if changed.state is state else replace(changed, state=state)
        return self if changed is self or changed == self else replace(changed, version=self.version + 1)

    def ended(self, at: datetime, by: str | None) -> "Session":
        """Return the session as ended. ``by`` is a technician's name, or None if TeamViewer reported the end.

        Whether the requester is still there is not known then: ``seen`` says it.
        """
        return replace(self._move(State.ENDED), is_online=False, ended_at=at, ended_by=by)

    def ending(self, at: datetime | None) -> "Session":
        """Return the session as one whose end was asked for. None: the end did not work, and it stays open."""
        if not self.state.is_open:
            raise IllegalMove(self, State.ENDED)
        return replace(self, ending_since=at, version=self.version + 1)

    def moving(self, to_name: str | None) -> "Session":
        """Return the session as one that is being handed over. None: it is not any more. Raises IllegalMove."""
        if to_name is not None and (not self.state.is_live or self.is_ending):
            raise IllegalMove(self, self.state)
        return replace(self, moving_to=to_name, version=self.version + 1)

    def handed_over(
        self, technician: Email, name: str, account: str, remote: RemoteSession, at: datetime
    ) -> "Session":
        """Return the session as another technician's, in their TeamViewer account. Raises IllegalMove.

        What ``remote`` has replaces code and links. Where that is another TeamViewer session, nobody is there yet.
        """
        if not self.is_moving or self.is_ending:
            raise IllegalMove(self, self.state)
        handover = Handover(self.technician, self.technician_name, name, at)
        changed = replace(
            self,
            technician=technician,
            technician_name=name,
            account=account,
            handovers=(*self.handovers, handover),
            moving_to=None,
            requester_link=remote.requester_link or self.requester_link,
            supporter_link=remote.supporter_link,
            web_client_link=remote.web_client_link,
            # The former technician's entry says nothing about the new one's.
            entered_at=None,
        )
        if self.code is None or bare_code(remote.code) != bare_code(self.code):
            changed = replace(
                changed,
                code=remote.code,
                valid_until=remote.valid_until or at + VALID_FOR,
                is_online=False,
                arrived_at=None,
                arrival_began_at=None,
                connections=tuple(one for one in self.connections if one.ended_at is not None),
            )
        return self._follow_evidence(changed, at)

    def expired(self, at: datetime) -> "Session":
        """Return the session as expired."""
        return replace(self._move(State.EXPIRED), is_online=False, ended_at=at)

    def rated(self, rating: Rating) -> "Session":
        """Return the session with its requester's rating."""
        return replace(self, rating=rating, version=self.version + 1)

    def with_problem(self, problem: Text | None) -> "Session":
        """Return the session with a problem that delays its creation, or without it."""
        return replace(self, problem=problem, version=self.version + 1)


def _with_presence(session: Session, at: datetime) -> Session:
    """Return the session with the arrival or the departure that its evidence shows."""
    is_there = session.is_online or session.running_connection is not None
    if is_there and session.arrived_at is None:
        return replace(session, arrived_at=at, arrival_began_at=_arrival_of(session, at))
    if not is_there and session.arrived_at is not None:
        began = session.arrival_began_at or session.arrived_at
        # The clock of the machine may have been set back.
        stayed = max(int((at - began).total_seconds()), 0)
        return replace(session, arrived_at=None, left_at=at, stayed_seconds=stayed)
    return session


def _arrival_of(session: Session, at: datetime) -> datetime:
    """Return when the arrival began that a requester who is there at ``at`` belongs to."""
    is_back = session.left_at is not None and at - session.left_at <= SAME_ARRIVAL
    return session.arrival_began_at if is_back and session.arrival_began_at is not None else at


def _evident_state(session: Session) -> State:
    """Return the state that the evidence of a session shows. It must be open at TeamViewer."""
    if session.running_connection is not None or session.is_entered:
        return State.CONNECTED
    return State.PRESENT if session.arrived_at is not None else State.WAITING
