"""A TeamViewer session for a request: its states, and the changes between them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.i18n import Text
from bot.model.ids import Email, JoinToken, OrgId, RequestId, RequestNumber, SessionCode, SessionId, bare_code
from bot.model.request import Requester
from bot.model.secret import Secret

VALID_FOR = timedelta(hours=24)
"""How long a session's link works (TeamViewer's own default, sent explicitly)."""


class Kind(StrEnum):
    """What a session is for: a device with a screen, or the camera of a phone."""

    REMOTE = "remote"
    PILOT = "pilot"


class State(StrEnum):
    """The state of a session."""

    CREATING = "creating"
    WAITING = "waiting"
    CONNECTED = "connected"
    ENDED = "ended"
    EXPIRED = "expired"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether the session can still be entered, or will be."""
        return self in {State.CREATING, State.WAITING, State.CONNECTED}


LEGAL_MOVES: dict[State, frozenset[State]] = {
    State.CREATING: frozenset({State.WAITING, State.FAILED, State.ENDED}),
    State.WAITING: frozenset({State.CONNECTED, State.ENDED, State.EXPIRED}),
    State.CONNECTED: frozenset({State.WAITING, State.ENDED, State.EXPIRED}),
    State.ENDED: frozenset(),
    State.EXPIRED: frozenset(),
    State.FAILED: frozenset(),
}


class IllegalMove(Exception):
    """A state change that ``LEGAL_MOVES`` does not allow."""

    def __init__(self, session: "Session", target: State) -> None:
        super().__init__(f"a session cannot go from {session.state} to {target}")


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """What TeamViewer returns about a session that it created."""

    code: SessionCode
    requester_link: Secret
    supporter_link: Secret
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A session for one request, run by the technician who created it.

    ``requester_link`` is for the requester only, ``supporter_link`` for the creator only. ``account`` is the TeamViewer
    account that holds the session. ``connected_seconds`` counts finished connections; a running one adds the time since
    ``connected_at``.
    """

    id: SessionId
    org_id: OrgId
    number: RequestNumber
    kind: Kind
    technician: Email
    technician_name: str
    join_token: JoinToken
    created_at: datetime
    state: State = State.CREATING
    version: int = 1
    note: str = ""
    request_id: RequestId | None = None
    subject: str = ""
    request_url: str = ""
    requester: Requester | None = None
    account: str | None = None
    code: SessionCode | None = None
    requester_link: Secret | None = field(default=None, repr=False)
    supporter_link: Secret | None = field(default=None, repr=False)
    valid_until: datetime | None = None
    connected_at: datetime | None = None
    connected_seconds: int = 0
    device: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    problem: Text | None = None

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
            # TeamViewer may answer without an end, although it was asked for one.
            valid_until=remote.valid_until or self.created_at + VALID_FOR,
            problem=None,
        )

    def failed(self, problem: Text) -> "Session":
        """Return the session as failed. ``problem`` is the sentence that people see."""
        return replace(self._move(State.FAILED), problem=problem)

    def joined(self, at: datetime) -> "Session":
        """Return the session with a running connection."""
        return replace(self._move(State.CONNECTED), connected_at=at)

    def left(self, at: datetime) -> "Session":
        """Return the session as waiting again, after a connection ended."""
        return replace(
            self._move(State.WAITING), connected_at=None, connected_seconds=self.duration_seconds(at)
        )

    def ended(self, at: datetime, by: str | None) -> "Session":
        """Return the session as ended. ``by`` is a technician's name, or None if TeamViewer reported the end."""
        return replace(
            self._move(State.ENDED),
            connected_at=None,
            connected_seconds=self.duration_seconds(at),
            ended_at=at,
            ended_by=by,
        )

    def expired(self, at: datetime) -> "Session":
        """Return the session as expired."""
        return replace(
            self._move(State.EXPIRED),
            connected_at=None,
            connected_seconds=self.duration_seconds(at),
            ended_at=at,
        )

    def with_problem(self, problem: Text | None) -> "Session":
        """Return the session with a problem that delays its creation, or without it."""
        return replace(self, problem=problem, version=self.version + 1)

    def duration_seconds(self, now: datetime) -> int:
        """Return the time connected in seconds, including a running connection."""
        running = int((now - self.connected_at).total_seconds()) if self.connected_at else 0
        # The clock of the machine may have been set back.
        return self.connected_seconds + max(running, 0)

    def is_due(self, now: datetime) -> bool:
        """Whether the link has expired."""
        return self.state.is_open and self.valid_until is not None and self.valid_until <= now

    def is_called(self, reference: str) -> bool:
        """Whether ``reference`` names this session: by its request's number, or by its code without dashes."""
        return reference == self.number or (self.code is not None and bare_code(self.code) == reference)
